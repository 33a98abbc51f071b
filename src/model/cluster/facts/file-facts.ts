import type { Span } from '../../../base/span';
import type { HostPort, Located } from '../located';

/** A listening socket of a load balancer. `host` is undefined for every address of the machine. */
export interface Listener {
  readonly proxy: string;
  readonly host: string | undefined;
  readonly port: number;
  readonly path: string;
  readonly span: Span;
  /** haproxy's `transparent` or nothing bound: the address need not be there at start. */
  readonly transparent: boolean;
}

export interface Backend {
  readonly name: string;
  readonly path: string;
  /** The name in its header line. */
  readonly span: Span;
  readonly servers: readonly BackendServer[];
  /** How servers are checked, where that is an HTTP request over TLS without any proof of who asks. */
  readonly httpCheck?: HttpCheck | undefined;
}

export interface HttpCheck {
  readonly uri: string;
  /** "401 Unauthorized" counts as a good answer. */
  readonly takesUnauthorized: boolean;
  /** "403 Forbidden" counts as a good answer. */
  readonly takesForbidden: boolean;
  /** "200 OK" counts as a good answer. */
  readonly takesOk: boolean;
  /** The first line that says which answers do, where one does. */
  readonly expectSpan?: Span;
  /** The URI, or the option where none is written. */
  readonly span: Span;
  readonly isWritten: boolean;
}

export interface BackendServer {
  readonly name: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly path: string;
  /** The address as written, port included. */
  readonly span: Span;
  /** The whole line, its line end excluded. */
  readonly line: Span;
}

/** What haproxy or nginx say: ports they listen on and the servers behind them. */
export interface LoadBalancerFacts {
  readonly kind: 'loadbalancer';
  readonly program: 'haproxy' | 'nginx';
  readonly path: string;
  /** The files that say this together, `path` first. */
  readonly paths: readonly string[];
  readonly listeners: readonly Listener[];
  readonly backends: readonly Backend[];
  /** For each listener's proxy the backends it sends to. */
  readonly routes: ReadonlyMap<string, readonly string[]>;
}

export interface VirtualAddress extends Located<string> {
  readonly prefix: number | undefined;
}

/** One `vrrp_instance`. */
export interface RouterFacts {
  readonly name: Located<string>;
  readonly virtualRouterId: Located<number> | undefined;
  readonly priority: Located<number> | undefined;
  readonly state: Located<string> | undefined;
  readonly interface: Located<string> | undefined;
  readonly virtualAddresses: readonly VirtualAddress[];
  /** Addresses that move with the others without standing in the adverts. */
  readonly excludedAddresses: readonly VirtualAddress[];
  readonly unicastSource: Located<string> | undefined;
  readonly unicastPeers: readonly Located<string>[];
}

/** The command of a `vrrp_script`. */
export interface CheckCommand extends Located<string> {
  readonly name: string;
}

export interface KeepalivedFacts {
  readonly kind: 'keepalived';
  readonly path: string;
  /** The files that say this together, `path` first. */
  readonly paths: readonly string[];
  /** As the first host reads the file, or any where its lines name none. */
  readonly routers: readonly RouterFacts[];
  /** For each host that lines name (`@lb1 priority 150`) what it reads; `id` is undefined for all others. */
  readonly hosts: readonly { readonly id: string | undefined; readonly routers: readonly RouterFacts[] }[];
  readonly commands: readonly CheckCommand[];
  /** What the pod may do that keepalived runs in, where the file is that pod. */
  readonly rights?: PodRights;
}

export interface Setting {
  readonly key: string;
  readonly keySpan: Span;
  readonly path: string;
  /** The whole value. */
  readonly span: Span;
  readonly isList: boolean;
  readonly flow: boolean;
  /** Written as `key+`: adds to what earlier files of the same node say. */
  readonly appends: boolean;
  /** What stands before the dash of the items of a block list. */
  readonly itemIndent: string;
  readonly values: readonly Located<string>[];
}

/** The settings of one k3s node; drop-ins of the same node are further values of this type. */
export interface K3sFacts {
  readonly kind: 'k3s';
  readonly path: string;
  readonly settings: ReadonlyMap<string, Setting>;
  /** What the machine is called, where the file that writes this one says so: k3s takes it for the name of the node. */
  readonly hostName?: Located<string>;
  /** The release that the installer is told to install, by the same file. */
  readonly installs?: Located<string>;
  /** The end of the last line with content: where a new setting goes. */
  readonly insertAt: number;
}

/** The arguments of etcd that say where a member is. */
export type EtcdUrl =
  | 'listen-peer-urls'
  | 'listen-client-urls'
  | 'advertise-client-urls'
  | 'initial-advertise-peer-urls';

export interface KubeadmFacts {
  readonly kind: 'kubeadm';
  readonly path: string;
  readonly controlPlaneEndpoint: Located<HostPort> | undefined;
  readonly hasClusterConfiguration: boolean;
  /** For one host of an etcd that kubeadm sets up by itself: no control plane, and no cluster of its own. */
  readonly isEtcdHost: boolean;
  readonly clusterSpan: Span;
  readonly certSans: Setting | undefined;
  /** Arguments of the API server decide whether it answers somebody without a certificate. */
  readonly decidesOnAnonymous: boolean;
  /** Where `apiServer:` stands, if it does. */
  readonly apiServer: Located<string> | undefined;
  readonly clusterInsertAt: number;
  readonly advertiseAddress: Located<string> | undefined;
  readonly bindPort: Located<number> | undefined;
  readonly nodeName: Located<string> | undefined;
  readonly joins: Located<HostPort> | undefined;
  readonly isControlPlane: boolean;
  readonly podSubnets: readonly Located<string>[];
  readonly serviceSubnets: readonly Located<string>[];
  readonly externalEtcd: readonly Located<string>[];
  /** What etcd's `initial-cluster` lists: names and the addresses of the peers, each `name=url`. */
  readonly initialCluster: readonly Located<string>[];
  /** The URLs at which this file's own member listens and lets itself be reached. */
  readonly etcdUrls: readonly (Located<string> & { readonly argument: EtcdUrl })[];
  /** The name that etcd is told to have. */
  readonly etcdName: Located<string> | undefined;
  /** The addresses that the kubelet is told to have. */
  readonly nodeIps: readonly Located<string>[];
  /** Names and addresses of etcd's own certificates. */
  readonly etcdSans: readonly Located<string>[];
  readonly token: Located<string> | undefined;
  /** The certificates by which a joining node knows the cluster. */
  readonly caHashes: readonly Located<string>[];
  /** The tokens that the first node makes. */
  readonly madeTokens: readonly Located<string>[];
  /** What the keys of the cluster are encrypted with while control planes join. */
  readonly certificateKey: Located<string> | undefined;
}

export interface KubeconfigFacts {
  readonly kind: 'kubeconfig';
  readonly path: string;
  /** `isPlain`: without TLS. */
  readonly servers: readonly (Located<HostPort> & { readonly isPlain?: true })[];
}

/** kube-vip as a static pod or a DaemonSet: the address it holds and the port it serves. */
export interface KubeVipFacts {
  readonly kind: 'kube-vip';
  readonly path: string;
  readonly address: Located<string> | undefined;
  readonly port: Located<number> | undefined;
  /** Where it sets the address up and sends ARP, if that is what it does. */
  readonly interface: Located<string> | undefined;
  readonly rights: PodRights;
  /** What it says to routers, where it speaks BGP. */
  readonly bgp: BgpFacts | undefined;
  /** Where ARP is switched off, or the image, where the pod has no way at all to let others know of the address. */
  readonly unannounced: Located<string> | undefined;
}

/** How kube-vip speaks BGP (kube-vip pkg/kubevip/config_envvar.go). */
export interface BgpFacts {
  readonly routerId: Located<string> | undefined;
  readonly as: Located<string> | undefined;
  /** `address:AS:password:multihop`, several of them with commas. */
  readonly peers: Located<string> | undefined;
}

/** What a container may do to the network of its node. */
export interface PodRights {
  readonly image: Located<string>;
  /** Whether it listens on the addresses of the node itself. */
  readonly hostNetwork: boolean;
  /** Where the pod says whether it does. */
  readonly networkAt?: Located<string>;
  readonly privileged: boolean;
  /** Without the prefix `CAP_`. */
  readonly capabilities: readonly string[];
}

/** Addresses that something in the cluster gives to services. */
export interface AddressPoolFacts {
  readonly kind: 'address-pool';
  readonly path: string;
  readonly name: string;
  /** Networks and ranges as they are written: `10.0.0.0/24`, `10.0.0.1-10.0.0.9`. */
  readonly ranges: readonly Located<string>[];
}

/** A load balancer that the kubelet of a node runs, with a configuration file of that node. */
export interface BalancerPodFacts extends PodRights {
  readonly kind: 'balancer-pod';
  readonly program: 'haproxy' | 'keepalived' | 'nginx';
  readonly path: string;
  /** Whether a port of the node leads to it, for one that has a network of its own. */
  readonly hasHostPort: boolean;
  /** The files and folders of the node that it sees. */
  readonly mounts: readonly Located<string>[];
}

/** What one file says about its cluster. */
export type FileFacts = (
  | LoadBalancerFacts
  | KeepalivedFacts
  | K3sFacts
  | KubeadmFacts
  | KubeconfigFacts
  | KubeVipFacts
  | AddressPoolFacts
  | BalancerPodFacts
) & {
  /** The shape of the file is broken: what it seems to lack may stand there all the same. */
  readonly isDamaged?: true;
};
