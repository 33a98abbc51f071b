/**
 * Shell functions that read a snapshot as the database file that it is, zipped by k3s or not. k3s zips one entry and no
 * folder; a host without `unzip` still has gzip, whose stream is the same one behind another head (RFC 1951, 1952), so the
 * head of the zip is cut off and gzip's put before it. What comes out is judged by its own hash: gzip misses a trailer and
 * complains, which says nothing.
 *
 * `unpacked FILE` writes the content. `judged FILE` prints `whole BYTES HASH` or `damaged WHY`: etcd puts the SHA-256 of all
 * that comes before into the last 32 bytes, and a database is a whole number of 512-byte pieces
 * (etcdutl/snapshot/v3_snapshot.go). HASH is that SHA-256.
 */
export const snapshotFunctions = `unpacked() {
  case $1 in *.zip) ;; *) cat -- "$1"; return;; esac
  if command -v unzip >/dev/null 2>&1; then unzip -p "$1" 2>/dev/null; return; fi
  lengths=$(od -An -v -tu2 -j26 -N4 -- "$1" | tr -s ' ')
  name=\${lengths% *}; extra=\${lengths##* }
  { printf '\\037\\213\\010\\000\\000\\000\\000\\000\\000\\003'; tail -c +$((31 + name + extra)) -- "$1"; } | gzip -dc 2>/dev/null
}
judged() {
  [ -f "$1" ] || { echo 'damaged missing'; return; }
  bytes=$(unpacked "$1" | wc -c)
  bytes=$((bytes))
  [ "$bytes" -gt 0 ] || { echo 'damaged empty'; return; }
  [ $((bytes % 512)) -eq 32 ] || { echo "damaged size $bytes"; return; }
  want=$(unpacked "$1" | tail -c 32 | od -An -v -tx1 | tr -d ' \\n')
  have=$(unpacked "$1" | head -c $((bytes - 32)) | sha256sum | cut -d ' ' -f 1)
  if [ -n "$have" ] && [ "$want" = "$have" ]; then echo "whole $bytes $have"; else echo 'damaged hash'; fi
}
`;
