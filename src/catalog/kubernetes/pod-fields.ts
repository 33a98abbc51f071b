/**
 * The fields of a pod as Kubernetes v1.34 has them (its OpenAPI description of core/v1), as far as static pods use them: one
 * structure a line. Behind a colon stands what a field holds: `s` a text, `b` true or false, `i` a whole number, `q` a quantity,
 * `p` a port as number or name, `*` anything, else a structure of this table; `[]` a list of it, `{}` names with it.
 */
const rows = `
Pod apiVersion:s kind:s metadata:Metadata spec:PodSpec status:*
DaemonSet apiVersion:s kind:s metadata:Metadata spec:DaemonSetSpec status:*
DaemonSetSpec minReadySeconds:i revisionHistoryLimit:i selector:* template:Template updateStrategy:*
Template metadata:Metadata spec:PodSpec
Metadata annotations:s{} creationTimestamp:s deletionGracePeriodSeconds:i deletionTimestamp:s finalizers:s[] generateName:s generation:i labels:s{} managedFields:* name:s namespace:s ownerReferences:* resourceVersion:s selfLink:s uid:s
PodSpec activeDeadlineSeconds:i affinity:* automountServiceAccountToken:b containers:Container[] dnsConfig:* dnsPolicy:s enableServiceLinks:b ephemeralContainers:* hostAliases:HostAlias[] hostIPC:b hostNetwork:b hostPID:b hostUsers:b hostname:s hostnameOverride:s imagePullSecrets:* initContainers:Container[] nodeName:s nodeSelector:s{} os:* overhead:q{} preemptionPolicy:s priority:i priorityClassName:s readinessGates:* resourceClaims:* resources:Resources restartPolicy:s runtimeClassName:s schedulerName:s schedulingGates:* securityContext:* serviceAccount:s serviceAccountName:s setHostnameAsFQDN:b shareProcessNamespace:b subdomain:s terminationGracePeriodSeconds:i tolerations:Toleration[] topologySpreadConstraints:* volumes:Volume[]
Container args:s[] command:s[] env:Variable[] envFrom:* image:s imagePullPolicy:s lifecycle:* livenessProbe:Probe name:s ports:Port[] readinessProbe:Probe resizePolicy:* resources:Resources restartPolicy:s restartPolicyRules:* securityContext:Rights startupProbe:Probe stdin:b stdinOnce:b terminationMessagePath:s terminationMessagePolicy:s tty:b volumeDevices:* volumeMounts:Mount[] workingDir:s
Variable name:s value:s valueFrom:Source
Source configMapKeyRef:* fieldRef:FieldRef fileKeyRef:* resourceFieldRef:* secretKeyRef:*
FieldRef apiVersion:s fieldPath:s
Mount mountPath:s mountPropagation:s name:s readOnly:b recursiveReadOnly:s subPath:s subPathExpr:s
Volume awsElasticBlockStore:* azureDisk:* azureFile:* cephfs:* cinder:* configMap:* csi:* downwardAPI:* emptyDir:* ephemeral:* fc:* flexVolume:* flocker:* gcePersistentDisk:* gitRepo:* glusterfs:* hostPath:HostPath image:* iscsi:* name:s nfs:* persistentVolumeClaim:* photonPersistentDisk:* portworxVolume:* projected:* quobyte:* rbd:* scaleIO:* secret:* storageos:* vsphereVolume:*
HostPath path:s type:s
Rights allowPrivilegeEscalation:b appArmorProfile:* capabilities:Capabilities privileged:b procMount:s readOnlyRootFilesystem:b runAsGroup:i runAsNonRoot:b runAsUser:i seLinuxOptions:* seccompProfile:* windowsOptions:*
Capabilities add:s[] drop:s[]
Probe exec:Exec failureThreshold:i grpc:* httpGet:HttpGet initialDelaySeconds:i periodSeconds:i successThreshold:i tcpSocket:TcpSocket terminationGracePeriodSeconds:i timeoutSeconds:i
HttpGet host:s httpHeaders:* path:s port:p scheme:s
TcpSocket host:s port:p
Exec command:s[]
Port containerPort:i hostIP:s hostPort:i name:s protocol:s
Resources claims:* limits:q{} requests:q{}
Toleration effect:s key:s operator:s tolerationSeconds:i value:s
HostAlias hostnames:s[] ip:s
`;

/** What a field holds: a letter or the name of a structure, and how often. */
export interface PodField {
  readonly type: string;
  readonly shape: 'one' | 'list' | 'map';
}

function readField(text: string): readonly [string, PodField] {
  const [name = '', written = ''] = text.split(':');
  const shape = written.endsWith('[]') ? 'list' : written.endsWith('{}') ? 'map' : 'one';
  return [name, { type: written.replace(/\[\]|\{\}/, ''), shape }];
}

/** The fields of each structure; `Pod` and `DaemonSet` are the outermost. */
export const podStructures: ReadonlyMap<string, ReadonlyMap<string, PodField>> = new Map(
  rows
    .trim()
    .split('\n')
    .map((row) => {
      const [name = '', ...fields] = row.split(' ');
      return [name, new Map(fields.map(readField))];
    }),
);

/** The words that a field takes and nothing else (kubernetes/kubernetes pkg/apis/core/validation): in capitals as they stand here. */
export const podWords: Readonly<Record<string, readonly string[]>> = {
  'Container.imagePullPolicy': ['Always', 'IfNotPresent', 'Never'],
  'Container.terminationMessagePolicy': ['File', 'FallbackToLogsOnError'],
  'PodSpec.restartPolicy': ['Always', 'OnFailure', 'Never'],
  'PodSpec.dnsPolicy': ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
  'HostPath.type': ['DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice'],
  'Mount.mountPropagation': ['None', 'HostToContainer', 'Bidirectional'],
  'Port.protocol': ['TCP', 'UDP', 'SCTP'],
  'HttpGet.scheme': ['HTTP', 'HTTPS'],
  'Toleration.operator': ['Exists', 'Equal'],
  'Toleration.effect': ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
};
