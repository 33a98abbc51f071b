/** What only a template engine reads: Jinja, Helm and Go, ERB, Terraform. No configuration of ours has these signs. */
const signs = [
  /\{%[-+]?\s*(?:for|if|set|endfor|endif|else|elif|include|import|block|macro|raw)\b/,
  /\{\{-?\s*[^{}\s][^{}\n]*\}\}/,
  /<%[=-]?\s.*%>/,
  /%\{\s*~?\s*(?:for|if|endfor|endif|else)\b/,
];

/** Whether a text is what a program makes a configuration from. What will stand in it nobody knows, so nothing is said of it. */
export function isTemplate(text: string): boolean {
  return (
    (text.includes('{{') || text.includes('{%') || text.includes('<%') || text.includes('%{')) &&
    signs.some((each) => each.test(text))
  );
}
