// Lints the operators' guides as documents and writes every finding into docs/guides-review.md: guide, line, severity,
// rule, and the verdict of whoever compared it with the guide. A rule that is new there has no verdict yet.
//   HAVEN_SHARED=… node --import tsx test/accuracy/guides.ts
import { writeFileSync } from 'node:fs';
import { guidesReview } from '../support/guides';
import { sharedFolder } from '../support/shared';

const folder = sharedFolder('guides');
if (folder === undefined) process.stdout.write('the folder of guides is not there\n');
else writeFileSync('docs/guides-review.md', guidesReview(folder));
