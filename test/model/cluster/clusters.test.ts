import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterFixtures, workspaceOf } from '../../support/clusters';

for (const [name, files] of clusterFixtures()) {
  test(`the valid cluster ${name} has no finding above hint, with its inventory and without`, () => {
    for (const leaveOut of ['', 'haven.yaml']) {
      const kept = new Map([...files].filter(([path]) => path !== leaveOut));
      const workspace = workspaceOf(kept);
      const loud = [...kept.keys()].flatMap((path) =>
        workspace
          .diagnose(path)
          .filter((each) => each.severity !== 'hint' && each.severity !== 'info')
          .map((each) => `${path} ${each.rule} ${each.message.template} ${each.message.args.join()}`),
      );
      assert.deepEqual(loud, []);
      assert.equal(workspace.files().length, leaveOut === '' ? kept.size : workspace.files().length);
    }
  });

  test(`a broken file of ${name} does not silence the others`, () => {
    for (const broken of files.keys()) {
      const workspace = workspaceOf(new Map(files).set(broken, '{{{ not a configuration'));
      for (const path of files.keys()) workspace.diagnose(path);
    }
  });
}
