import { addMember, addRefusal, fileBytes, promoteMember, removeMember } from '../etcd/maintenance';
import { hex, type StoreMember, withTrailer } from '../etcd/store';
import { FileError } from '../file-tree';
import type { Call, EtcdProcess, Program } from '../world';
import { readOptions } from './options';
import { box } from './table';

const valued = ['endpoints', 'cacert', 'cert', 'key', 'command-timeout', 'dial-timeout', 'w', 'write-out', 'peer-urls'];

const seconds = (text: string | undefined) => Number(/^([\d.]+)s$/.exec(text ?? '5s')?.[1] ?? 5);

function fails(call: Call, text: string, code = 1): number {
  call.err(`Error: ${text}\n`);
  return code;
}

const clientUrl = ({ peerUrl }: StoreMember) => peerUrl.replace(/:2380$/, ':2379');

/** The path as a program in etcd's container sees it: two of its folders are the host's. */
function place(call: Call, path: string): string {
  const absolute = call.path(path);
  const isMounted = ['/var/lib/etcd/', '/etc/kubernetes/pki/etcd/'].some((each) => absolute.startsWith(each));
  return call.environment.get('CONTAINER') === undefined || isMounted ? absolute : `/run/container${absolute}`;
}

/** `etcdctl` 3.6.5, as far as operations on a kubeadm cluster ask it. */
export const etcdctl: Program = async (call) => {
  const { machine } = call;
  const { cluster } = machine;
  const options = readOptions(call.args, valued);
  const [noun = '', verb = '', ...words] = options.rest;
  if (noun === 'version') {
    call.out('etcdctl version: 3.6.5\nAPI version: 3.6\n');
    return 0;
  }
  if (noun === 'snapshot' && verb !== 'save') {
    // 3.6 has no status and no restore any more: it prints its help, and says that all is well.
    call.out(
      'NAME:\n\tsnapshot - Manages etcd node snapshots\n\nUSAGE:\n\tetcdctl snapshot <subcommand> [flags]\n\nCOMMANDS:\n\tsave\tStores an etcd node backend snapshot to a given file\n',
    );
    return 0;
  }
  for (const flag of ['cert', 'key', 'cacert']) {
    const path = options.value(flag);
    if (path !== undefined && !machine.files.has(path))
      return fails(call, `open ${path}: no such file or directory`, 128);
  }
  const endpoints = (options.value('endpoints') ?? 'http://127.0.0.1:2379').split(',');
  const limit = seconds(options.value('command-timeout'));
  const processAt = (endpoint: string): EtcdProcess | undefined => {
    const host = /^(?:https?:\/\/)?([^/:]+)/.exec(endpoint)?.[1] ?? '';
    const at =
      host === '127.0.0.1' || host === 'localhost' ? machine : cluster.nodes.find((each) => each.address === host);
    return at?.hasPower === true ? cluster.control.etcdOf(at) : undefined;
  };
  const [endpoint = ''] = endpoints;
  const process = options.has('cert') && options.has('key') ? processAt(endpoint) : undefined;
  if (noun === 'snapshot') {
    if (endpoints.length > 1)
      return fails(call, `snapshot must be requested to one selected node, not multiple [${endpoints.join(' ')}]`, 5);
    return save(call, { process, endpoint, limit, path: words[0] ?? '' });
  }
  const late = async () => {
    await cluster.sleep(limit * 1000);
    return fails(call, 'context deadline exceeded');
  };
  if (process === undefined) return late();
  const everywhere = options.has('cluster') ? process.store.members.map(clientUrl) : endpoints;
  if (noun === 'endpoint')
    return endpointCommand(
      call,
      verb,
      everywhere.map((each) => ({ endpoint: each, process: processAt(each) })),
      options.value('w', 'write-out'),
      limit,
    );
  if (noun === 'alarm') {
    for (const { memberId, alarm } of process.store.alarms) call.out(`memberID:${memberId} alarm:${alarm} \n`);
    if (verb === 'disarm') process.store.alarms = [];
    return 0;
  }
  if (noun === 'defrag') {
    for (const each of everywhere) {
      const one = processAt(each);
      if (one === undefined) return late();
      one.slackBytes = 0;
      call.out(`Finished defragmenting etcd member[${each}]. took 11.336378ms\n`);
    }
    return 0;
  }
  if (noun !== 'member') return fails(call, `unknown command "${noun}" for "etcdctl"`);
  // The list is asked of the quorum.
  if (!cluster.etcd.isServing(process) || cluster.etcd.leader(process.clusterId) === undefined) return late();
  return memberCommand(call, process, verb, words, options);
};

async function save(
  call: Call,
  options: {
    readonly process: EtcdProcess | undefined;
    readonly endpoint: string;
    readonly limit: number;
    readonly path: string;
  },
): Promise<number> {
  const { process, endpoint, limit, path } = options;
  const { files, cluster } = call.machine;
  const time = () => new Date(cluster.now()).toISOString().replace('Z', '000Z');
  const log = (level: string, more: object) => call.err(`${JSON.stringify({ level, ts: time(), ...more })}\n`);
  const part = `${place(call, path)}.part`;
  const isInside = call.environment.get('CONTAINER') !== undefined && part.startsWith('/run/container');
  log('info', {
    caller: 'snapshot/v3_snapshot.go:83',
    msg: 'created temporary db file',
    path: `${call.path(path)}.part`,
  });
  if (process === undefined) {
    await cluster.sleep(limit * 1000);
    return fails(call, 'context deadline exceeded', 5);
  }
  // A member without a leader still gives what it has.
  log('info', { logger: 'client', caller: 'v3@v3.6.5/maintenance.go:236', msg: 'opened snapshot stream; downloading' });
  log('info', { caller: 'snapshot/v3_snapshot.go:96', msg: 'fetching snapshot', endpoint });
  const bytes = withTrailer(process.store.toBytes());
  try {
    if (isInside) files.place(part, bytes, 0o600);
    else files.write(part, bytes, 0o600);
    files.rename(part, place(call, path));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return fails(call, `could not open ${path}.part (open ${path}.part: ${error.message.toLowerCase()})`, 5);
  }
  log('info', { logger: 'client', caller: 'v3@v3.6.5/maintenance.go:302', msg: 'completed snapshot read; closing' });
  const size = `${Math.round(bytes.length / 1000)} kB`;
  log('info', {
    caller: 'snapshot/v3_snapshot.go:111',
    msg: 'fetched snapshot',
    endpoint,
    size,
    took: '30.434873ms',
    'etcd-version': '3.6.0',
  });
  log('info', { caller: 'snapshot/v3_snapshot.go:121', msg: 'saved', path: call.path(path) });
  call.out(`Snapshot saved at ${path}\nServer version 3.6.0\n`);
  return 0;
}

async function endpointCommand(
  call: Call,
  verb: string,
  asked: readonly { readonly endpoint: string; readonly process: EtcdProcess | undefined }[],
  output: string | undefined,
  limit: number,
): Promise<number> {
  const { cluster } = call.machine;
  if (asked.some((each) => each.process === undefined)) await cluster.sleep(limit * 1000);
  let isBad = false;
  const status: object[] = [];
  for (const { endpoint, process } of asked) {
    const leader = process === undefined ? undefined : cluster.etcd.leader(process.clusterId);
    const healthy = process !== undefined && cluster.etcd.isServing(process) && leader !== undefined;
    if (verb === 'health') {
      if (healthy) call.out(`${endpoint} is healthy: successfully committed proposal: took = 10.613014ms\n`);
      else call.err(`${endpoint} is unhealthy: failed to commit proposal: context deadline exceeded\n`);
      isBad ||= !healthy;
    } else if (process === undefined) {
      call.err(`Failed to get the status of endpoint ${endpoint} (context deadline exceeded)\n`);
      isBad = true;
    } else {
      const { store } = process;
      status.push({
        Endpoint: endpoint,
        Status: {
          header: {
            cluster_id: String(process.clusterId),
            member_id: String(process.memberId),
            revision: store.revision,
            raft_term: 2,
          },
          version: '3.6.5',
          dbSize: fileBytes(process),
          ...(leader === undefined ? { errors: ['etcdserver: no leader'] } : { leader: String(leader.memberId) }),
          raftIndex: store.revision + 4,
          raftTerm: 2,
        },
      });
      if (output !== 'json')
        call.out(
          `${endpoint}, ${hex(process.memberId)}, 3.6.5, 3.6.0, ${Math.round(fileBytes(process) / 1000)} kB, ${leader === process}, ${process.isLearner}, 2, ${store.revision + 4}, ${store.revision + 4}, ${leader === undefined ? 'etcdserver: no leader' : ''}, , false\n`,
        );
    }
  }
  // Ids are numbers that are too large for JavaScript.
  const text = JSON.stringify(status).replace(/"(cluster_id|member_id|leader)":"(\d+)"/g, '"$1":$2');
  if (verb === 'status' && output === 'json') call.out(`${text}\n`);
  if (isBad && verb === 'health') return fails(call, 'unhealthy cluster');
  return isBad ? 1 : 0;
}

function memberCommand(
  call: Call,
  process: EtcdProcess,
  verb: string,
  words: readonly string[],
  options: ReturnType<typeof readOptions>,
): number {
  const { cluster } = call.machine;
  const { store } = process;
  const id = /^[0-9a-f]{1,16}$/.test(words[0] ?? '') ? BigInt(`0x${words[0]}`) : undefined;
  if (verb === 'list') {
    const sorted = store.members.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const output = options.value('w', 'write-out');
    const state = (each: StoreMember) => (each.name === '' ? 'unstarted' : 'started');
    if (output === 'json') {
      const members = sorted
        .map((each) => {
          const urls = `"peerURLs":["${each.peerUrl}"]${each.name === '' ? '' : `,"clientURLs":["${clientUrl(each)}"]`}`;
          return `{"ID":${each.id},${each.name === '' ? '' : `"name":"${each.name}",`}${urls}${each.learner ? ',"isLearner":true' : ''}}`;
        })
        .join(',');
      call.out(
        `{"header":{"cluster_id":${process.clusterId},"member_id":${process.memberId},"raft_term":2},"members":[${members}]}\n`,
      );
    } else if (output === 'table') {
      const rows = sorted.map((each) => [
        hex(each.id),
        state(each),
        each.name,
        each.peerUrl,
        each.name === '' ? '' : clientUrl(each),
        String(each.learner),
      ]);
      call.out(box(['ID', 'STATUS', 'NAME', 'PEER ADDRS', 'CLIENT ADDRS', 'IS LEARNER'], rows));
    } else
      for (const each of sorted)
        call.out(
          `${hex(each.id)}, ${state(each)}, ${each.name}, ${each.peerUrl}, ${each.name === '' ? '' : clientUrl(each)}, ${each.learner}\n`,
        );
    return 0;
  }
  if (verb === 'add') {
    const refusal = addRefusal(cluster.etcd, process, cluster.now());
    if (refusal !== undefined) return fails(call, refusal);
    const member = addMember(process, options.value('peer-urls') ?? '', cluster.now(), options.has('learner'));
    call.out(`Member ${hex(member.id)} added to cluster ${hex(process.clusterId).padStart(16)}\n`);
    return 0;
  }
  if (id === undefined)
    return fails(
      call,
      `bad member ID arg (strconv.ParseUint: parsing "${words[0] ?? ''}": invalid syntax), expecting ID in Hex`,
      128,
    );
  if (verb === 'remove') {
    if (!removeMember(process, id)) return fails(call, 'etcdserver: member not found');
    call.out(`Member ${words[0]} removed from cluster ${hex(process.clusterId).padStart(16)}\n`);
    return 0;
  }
  const refusal = promoteMember(cluster.etcd, process, id);
  if (verb !== 'promote' || refusal !== undefined) return fails(call, refusal ?? `unknown command ${verb}`);
  call.out(`Member ${words[0]} promoted in cluster ${hex(process.clusterId).padStart(16)}\n`);
  return 0;
}
