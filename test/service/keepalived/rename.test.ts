import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { keepalivedLanguage } from '../../../src/service/keepalived';
import { filesBelow } from '../../support/files';
import { askKeepalived, keepalivedMissing } from '../../support/keepalived';
import { inOldWords, renameAll } from '../../support/rename-all';
import { sharedFolder } from '../../support/shared';
import { expandedSnippets } from '../../support/snippets';

const files = [
  ...filesBelow('examples', '.conf'),
  ...filesBelow('test/fixtures', '.conf'),
  ...filesBelow(sharedFolder('corpus', 'keepalived') ?? '', '.conf').filter((_, i) => i % 2 === 0),
].map((path) => readFileSync(path, 'utf8'));

/** Every kind of name, spoken of from everywhere it can be. */
const everything = `$PRIO=100
$VIP=10.0.0.100
vrrp_script check {
    script "/bin/true"
}
vrrp_track_process proxy {
    process haproxy
}
track_file manual {
    file /tmp/manual
}
bfd_instance link {
    neighbor_ip 10.0.0.2
}
track_group statics {
    group {
        one two
    }
}
static_ipaddress {
    10.9.0.1/24 dev eth0 track_group statics
}
vrrp_sync_group both {
    group {
        one
        "two"
    }
    track_script {
        check
    }
}
vrrp_instance one {
    interface eth0
    virtual_router_id 51
    priority $PRIO
    virtual_ipaddress {
        \${VIP}/24
    }
    track_script {
        check weight 2
    }
    track_process {
        proxy
    }
    track_file {
        manual weight 1
    }
    track_bfd {
        link
    }
}
vrrp_instance two {
    interface eth0
    virtual_router_id 52
    priority $PRIO
    virtual_ipaddress {
        10.0.0.101/24
    }
}
virtual_server_group web {
    10.0.0.100 80
}
virtual_server group web {
    lb_algo rr
    lb_kind NAT
    real_server 10.0.0.3 80 {
        FILE_CHECK {
            track_file manual
        }
    }
    real_server 10.0.0.4 80 {
        BFD_CHECK {
            name link
        }
    }
}
`;

test('a file whose names have all been changed is to keepalived -t what it was before', {
  skip: keepalivedMissing,
}, () => {
  const texts = [everything, ...expandedSnippets('keepalived').map(({ text }) => text), ...files];
  const renamed = texts.map((text) => renameAll(keepalivedLanguage, 'keepalived.conf', text, {}));
  assert.equal(renamed[0]?.before.size, 11);
  const before = askKeepalived(texts);
  const after = askKeepalived(renamed.map((each) => each.text));
  for (const [i, each] of renamed.entries()) assert.equal(inOldWords(after[i] ?? '', each), before[i], texts[i]);
});

test('a name that is changed in one place only would be noticed', { skip: keepalivedMissing }, () => {
  const [before, after] = askKeepalived([everything, everything.replace('check weight 2', 'chk weight 2')]);
  assert.notEqual(after, before);
});
