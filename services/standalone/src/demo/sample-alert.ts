/** A readable alert as a SIEM might send it, with indicators of many types. */
export const SAMPLE_ALERT = {
  title: 'Suspicious Process Execution',
  severity: 'High',
  description:
    'cmd.exe spawned from Excel.exe on WORKSTATION-42 and fetched hxxps://cdn[.]payload-host[.]com/stage2.bin',
  tags: ['endpoint', 'execution', 'sample'],
  source_rule_id: 'RULE-001',
  src_ip: '185.220.101.47',
  indicators: [
    { type: 'ip', value: '10.0.0.42' },
    {
      type: 'hash_sha256',
      value: '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f',
    },
    { type: 'account', value: 'jsmith@company.com' },
  ],
};

export const SAMPLE_RUNBOOK = {
  title: 'Runbook: office application starts a shell',
  doc_type: 'runbook',
  content:
    '## Scope\nA document opened a command interpreter.\n\n## Steps\n1. Isolate the host when the child process went online.\n2. Ask the user which document was opened.\n3. Search the other hosts for the same hash.\n',
  targeting_rules: { any: [{ field: 'tags', op: 'contains', value: 'execution' }] },
};
