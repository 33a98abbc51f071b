const environment =
  /No such file|unable to (?:load|stat|find|open|read)|could not resolve|cannot open|failed to open|cannot find|Cannot find|unknown (?:user|group)|not found in|Failed to load|couldn't|unknown (?:converter|fetch method) '(?:51d|da-csv|wurfl)|name resolution|error in Lua file|crt-list|inconsistencies between private key|no SSL certificate|unable to set|QUIC is not compiled in|invalid address: '[\w.-]*[a-zA-Z][\w.-]*' in/;

/** Whether a complaint of the program would not be made on the machine that the file was written for. */
export const dependsOnMachine = (complaint: string): boolean => environment.test(complaint);
