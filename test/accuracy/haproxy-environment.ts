/**
 * Complaints about what is on the machine: files, names of hosts, users, how OpenSSL and the program were built. Names that
 * the configuration itself lacks ("unable to find required ...") are none of them, but for the name of the machine as a peer
 * and for what the files of SPOE and OpenTracing define. Of some names that do not resolve the program says `(null)` or nothing.
 */
const environment =
  /No such file|unable to (?:load|stat|open|read)|unable to set (?:SSL|TLS|CA|elliptic|the SSL|DNS)|unable to find (?:local peer|SPOE|group|the OpenTracing)|could not resolve|[Cc]annot open|failed to open|cannot create the file|cannot find (?:user|group) id|unknown (?:user|group)|Failed to load|[Cc]ouldn't (?:open|load|setup|get the)|couldn't load|unknown (?:converter|fetch method) '(?:51d|da-csv|wurfl)|name resolution|error in Lua file|inconsistencies between private key|no SSL certificate|QUIC is not compiled in|unable to allocate ssl context|invalid address: '[\w.-]*[a-zA-Z][\w.-]*' in|'[\w.-]*[a-zA-Z][\w.-]*' is not a valid IPv4 or IPv6|^(?:parsing \[FILE:\d+\] : )?\(null\)$|^\[FILE:\d+\] : 'server \S+' : $/;

/** Whether a complaint of the program would not be made on the machine that the file was written for. */
export const dependsOnMachine = (complaint: string): boolean => environment.test(complaint);
