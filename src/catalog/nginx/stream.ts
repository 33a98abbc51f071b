/** What the one word of a directive is: a time in milliseconds or seconds, on or off, a number, a size. */
export type NginxValue = 'time' | 'seconds' | 'switch' | 'number' | 'size';

/** A directive of `stream` (nginx.org/en/docs/stream, of all releases up to 1.29). */
export interface StreamDirective {
  /** Where it may stand: in the `m`ain part, in s`t`ream, `s`erver or `u`pstream. */
  readonly places: string;
  readonly least: number;
  readonly most: number;
  readonly takes: NginxValue | undefined;
}

/** Names, places, the least and the most words, what the word is. */
const rows: readonly (readonly [names: string, places: string, least: number, most: number, takes?: NginxValue])[] = [
  [
    'proxy_timeout proxy_connect_timeout proxy_next_upstream_timeout preread_timeout proxy_protocol_timeout ssl_handshake_timeout',
    'ts',
    1,
    1,
    'time',
  ],
  ['resolver_timeout', 'tsu', 1, 1, 'time'],
  ['ssl_session_timeout', 'ts', 1, 1, 'seconds'],
  [
    'proxy_protocol ssl_preread tcp_nodelay proxy_next_upstream proxy_socket_keepalive proxy_ssl proxy_half_close limit_conn_dry_run proxy_ssl_server_name proxy_ssl_verify proxy_ssl_session_reuse ssl_prefer_server_ciphers ssl_session_tickets ssl_reject_handshake',
    'ts',
    1,
    1,
    'switch',
  ],
  [
    'proxy_next_upstream_tries proxy_requests proxy_responses proxy_ssl_verify_depth ssl_verify_depth',
    'ts',
    1,
    1,
    'number',
  ],
  [
    'variables_hash_max_size variables_hash_bucket_size map_hash_max_size map_hash_bucket_size server_names_hash_max_size server_names_hash_bucket_size',
    't',
    1,
    1,
    'number',
  ],
  ['proxy_buffer_size preread_buffer_size', 'ts', 1, 1, 'size'],
  ['proxy_download_rate proxy_upload_rate', 'ts', 1, 1, 'size'],
  ['proxy_pass pass return', 's', 1, 1],
  ['listen server_name', 's', 1, Infinity],
  ['set', 's', 2, 2],
  ['access_log', 'ts', 1, Infinity],
  ['error_log', 'mts', 1, Infinity],
  ['include', 'mtsu', 1, 1],
  ['allow deny set_real_ip_from limit_conn_log_level', 'ts', 1, 1],
  ['proxy_bind', 'ts', 1, 2],
  ['limit_conn', 'ts', 2, 2],
  ['open_log_file_cache', 'ts', 1, 4],
  ['limit_conn_zone', 't', 2, 2],
  ['log_format', 't', 2, Infinity],
  ['map split_clients', 't', 2, 2],
  ['geo', 't', 1, 2],
  ['upstream', 't', 1, 1],
  ['resolver', 'tsu', 1, Infinity],
  ['zone', 'u', 1, 2],
  ['state', 'u', 1, 1],
  ['least_conn', 'u', 0, 0],
  ['least_time', 'u', 1, 2],
  ['hash', 'u', 1, 2],
  ['random', 'u', 0, 2],
  [
    'ssl_certificate ssl_certificate_key ssl_ciphers ssl_client_certificate ssl_crl ssl_dhparam ssl_ecdh_curve ssl_password_file ssl_session_ticket_key ssl_trusted_certificate ssl_verify_client proxy_ssl_certificate proxy_ssl_certificate_key proxy_ssl_ciphers proxy_ssl_crl proxy_ssl_name proxy_ssl_password_file proxy_ssl_trusted_certificate',
    'ts',
    1,
    1,
  ],
  ['ssl_protocols proxy_ssl_protocols ssl_alpn', 'ts', 1, Infinity],
  ['ssl_session_cache', 'ts', 1, 2],
  ['ssl_conf_command proxy_ssl_conf_command', 'ts', 2, 2],
];

/** The directives of `stream` and its blocks; `server` is a block in one place and a line in another, and is told apart there. */
export const streamDirectives: ReadonlyMap<string, StreamDirective> = new Map(
  [...rows, ['server', 'tu', 0, Infinity] as const].flatMap(([names, places, least, most, takes]) =>
    names.split(' ').map((name): [string, StreamDirective] => [name, { places, least, most, takes }]),
  ),
);

/** What may follow the address of `listen` in stream, of all releases, and what stands behind its `=`. */
export const listenWords: ReadonlyMap<string, RegExp | undefined> = new Map<string, RegExp | undefined>([
  ...['udp', 'ssl', 'proxy_protocol', 'bind', 'reuseport', 'deferred', 'default_server', 'multipath'].map(
    (word): [string, undefined] => [word, undefined],
  ),
  ['accept_filter', /^\w+$/],
  ['setfib', /^\d+$/],
  ['fastopen', /^\d+$/],
  ['backlog', /^0*[1-9]\d*$/],
  ['rcvbuf', /^\d+[kKmM]?$/],
  ['sndbuf', /^\d+[kKmM]?$/],
  ['ipv6only', /^(?:on|off)$/],
  ['so_keepalive', /^(?:on|off|(?!:*$)[\dsmhdwMy]*(?::[\dsmhdwMy]*)?(?::\d*)?)$/],
]);

/** What `listen` refuses beside `udp`. */
export const notOfUdp: ReadonlySet<string> = new Set(['ssl', 'backlog', 'so_keepalive', 'proxy_protocol']);

/** Variables of requests, which stream does not have (nginx.org/en/docs/http/ngx_http_core_module.html#variables). */
export const variablesOfHttp =
  /\$\{?(remote_user|request|request_(?:time|method|uri|length)|body_bytes_sent|uri|scheme|host|http_\w+|sent_http_\w+|upstream_(?:status|response_time|header_time))\b/;
