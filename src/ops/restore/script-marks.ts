/**
 * How the acts of every script of a restore begin: which one is asked for, and the marks in the folder `F` of the run that say
 * which have been done. A mark is on the disk before the next act begins.
 */
export const scriptMarks = `act=$1
shift

fail() { echo "$*" >&2; exit 1; }
mark() { sync; : >"$F/$1" || fail "cannot write into $F"; }
marked() { [ -e "$F/$1" ]; }
`;
