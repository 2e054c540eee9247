import assert from 'node:assert/strict';
import { allTools } from '../../../src/tools/index.ts';
import { confirmationFor, withBudget } from '../../../src/vscode/tools/toolCall.ts';

const toolNamed = (name: string) => {
  const tool = allTools.find((each) => each.name === name);
  assert.ok(tool, name);
  return tool;
};

describe("an agent's call of a tool", () => {
  it("has the caller's budget where it names none", () => {
    assert.deepEqual(withBudget({ ids: [] }, 500.5), { ids: [], maxTokens: 500 });
    assert.deepEqual(withBudget({ maxTokens: null }, 500), { maxTokens: 500 });
    assert.deepEqual(withBudget(undefined, 500), { maxTokens: 500 });
    assert.deepEqual(withBudget({}, Number.MAX_SAFE_INTEGER), { maxTokens: 10_000_000 });
  });

  it('keeps the budget that it names, and what is no input at all', () => {
    assert.deepEqual(withBudget({ maxTokens: 7 }, 500), { maxTokens: 7 });
    assert.deepEqual(withBudget({}, undefined), {});
    assert.deepEqual(withBudget({}, 0), {});
    assert.equal(withBudget('fox', 500), 'fox');
  });

  it('is confirmed only when it deletes for good', () => {
    const memoryDelete = toolNamed('memory_delete');
    assert.equal(confirmationFor(memoryDelete, { ids: ['a'] }), undefined);
    assert.match(
      confirmationFor(memoryDelete, { ids: ['a'], permanent: true })?.message ?? '',
      /cannot be undone/,
    );
    for (const name of ['memory_search', 'memory_create', 'memory_update', 'window_thaw']) {
      assert.equal(confirmationFor(toolNamed(name), { permanent: true }), undefined, name);
    }
  });
});
