import type { KeepalivedVerdict, Remark } from './keepalived-oracle';

/** What would not be said on the machine that the file was written for, and what only follows from it. */
const environment =
  /interface \S+ .*doesn't exist|Non-existent interface|Config files missing|Unable to set default user|since not found\/accessible|Error setting global script uid|iptables not supported|Unknown keyword 'vrrp_ip(?:tables|sets)'|not supported, using nftables|Unable to access|Unable to find|No such file|Cannot find|unknown (?:user|group)|Invalid smtp server|not resolv|is not executable|Unsafe|insecure|getpwnam|getgrnam|Unknown interface!|unresolved|unable to (?:open|get|read)|kernel|Permission denied|Default user .* for script execution does not exist|SECURITY VIOLATION|interface .* (?:is|does) not|not a regular|Couldn't (?:open|find)|exists and is not a directory|IPVS|libipvs|ip_vs/i;

/** The remarks about the text itself. What is said of a script that this machine does not have follows from that. */
export function languageOf(verdict: KeepalivedVerdict): Remark[] {
  const gone = verdict.remarks.flatMap(({ text }) => {
    const name = /(?:Disabling track script|for vrrp script|set default user for script) (\S+)/.exec(text)?.[1];
    return name === undefined ? [] : [name];
  });
  return verdict.remarks.filter(
    ({ text }) =>
      !environment.test(text) && !gone.some((name) => text.includes(`track script ${name} not found, ignoring`)),
  );
}
