import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../src/base/secret';
import { Answers } from '../../src/run/answers';

/** A person who types these one after the other. */
function typing(...words: readonly (string | undefined)[]) {
  const answers = new Answers();
  let asked = 0;
  const give = async (rejected?: Secret) =>
    answers.give('key', rejected === undefined ? { again: false } : { again: true, rejected }, async () => {
      const word = words[asked++];
      return word === undefined ? undefined : new Secret(word);
    });
  return { give, asked: () => asked };
}

test('many who need the same are answered by one question, also after a wrong answer', async () => {
  const { give, asked } = typing('wrong', 'right');
  const first = await Promise.all(Array.from({ length: 50 }, () => give()));
  assert.equal(asked(), 1);
  const second = await Promise.all(first.map((each) => give(each)));
  assert.deepEqual(new Set(second.map((each) => each?.reveal())), new Set(['right']));
  assert.equal(asked(), 2);
});

test('what was refused is not given to the next connection, also where nobody answered since', async () => {
  const { give, asked } = typing('wrong', undefined, 'right');
  const wrong = await give();
  assert.equal(await give(wrong), undefined);
  assert.equal((await give())?.reveal(), 'right');
  assert.equal((await give())?.reveal(), 'right');
  assert.equal(asked(), 3);
});
