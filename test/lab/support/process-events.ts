import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from './shell';

/**
 * The kernel tells of processes that come and go only to sockets of the first network namespace. This library, loaded
 * before keepalived, opens that one socket (netlink family 11, the connector) there.
 */
const source = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/socket.h>

int socket(int domain, int type, int protocol)
{
    int (*next)(int, int, int) = dlsym(RTLD_NEXT, "socket");
    const char *outer = getenv("HAVEN_LAB_OUTER");
    int here, there, made;

    if (domain != AF_NETLINK || protocol != 11 || !outer)
        return next(domain, type, protocol);
    here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    there = open(outer, O_RDONLY | O_CLOEXEC);
    if (there >= 0)
        setns(there, CLONE_NEWNET);
    made = next(domain, type, protocol);
    setns(here, CLONE_NEWNET);
    close(here);
    close(there);
    return made;
}
`;

let built: string | undefined;

/** The path of the library, compiled once in a process. */
export function processEvents(): string {
  if (built !== undefined) return built;
  const folder = mkdtempSync(join(tmpdir(), 'haven-events-'));
  writeFileSync(join(folder, 'events.c'), source);
  built = join(folder, 'events.so');
  must(['gcc', '-shared', '-fPIC', '-o', built, join(folder, 'events.c'), '-ldl']);
  return built;
}

/** Without a compiler no processes can be tracked in namespaces. */
export const canTrackProcesses = (): boolean => existsSync('/usr/bin/gcc');
