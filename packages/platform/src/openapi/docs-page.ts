import { createHash } from 'node:crypto';

const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1d21;background:#fff}
h2{margin-top:2.5rem;border-bottom:1px solid #d5d9de}
details{border:1px solid #d5d9de;border-radius:6px;margin:.5rem 0;padding:.5rem .8rem}
summary{cursor:pointer}code,pre{font:13px/1.45 ui-monospace,monospace}
pre{background:#f4f5f7;padding:.8rem;overflow:auto;border-radius:6px;max-height:30rem}
.method{display:inline-block;min-width:4.2rem;font-weight:700}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #e6e8eb;vertical-align:top}
@media(prefers-color-scheme:dark){body{background:#15181c;color:#e4e6e9}pre{background:#1f2329}}`;

/** Everything is put in as text, never as markup. */
const SCRIPT = `
const make=(tag,text,...children)=>{const e=document.createElement(tag);if(text)e.textContent=text;e.append(...children);return e};
const schemaBlock=(title,schema)=>{const d=make('details','',make('summary',title));d.append(make('pre',JSON.stringify(schema,null,2)));return d};
const operation=(method,path,op)=>{
  const head=make('summary');const m=make('span',method.toUpperCase());m.className='method';
  head.append(m,make('code',path),' '+(op.summary||''));
  const box=make('details','',head);box.id=op.operationId||path;
  if(op.description)box.append(make('p',op.description));
  if(op.parameters&&op.parameters.length){const t=make('table');
    for(const p of op.parameters)t.append(make('tr','',make('td','',make('code',p.name)),make('td',p.in+(p.required?', required':'')),make('td',p.description||''),make('td','',make('code',JSON.stringify(p.schema)))));box.append(t)}
  if(op.requestBody)for(const [type,c] of Object.entries(op.requestBody.content))box.append(schemaBlock('Body '+type,c.schema));
  for(const [status,r] of Object.entries(op.responses||{})){
    const parts=Object.entries(r.content||{});
    if(!parts.length)box.append(make('p',status+' '+r.description));
    for(const [type,c] of parts)box.append(schemaBlock(status+' '+type+' '+r.description,c.schema))}
  return box};
fetch('openapi.json').then(r=>r.json()).then(spec=>{
  const main=document.getElementById('main');main.textContent='';
  main.append(make('h1',spec.info.title+' '+spec.info.version));
  if(spec.info.description)main.append(make('p',spec.info.description));
  const groups=new Map();
  for(const [path,ops] of Object.entries(spec.paths))for(const [method,op] of Object.entries(ops)){
    const tag=(op.tags||[])[0]||'other';if(!groups.has(tag))groups.set(tag,[]);groups.get(tag).push(operation(method,path,op))}
  for(const [tag,boxes] of groups)main.append(make('h2',tag),...boxes);
  main.append(make('h2','Webhooks'));
  for(const [name,ops] of Object.entries(spec.webhooks||{}))main.append(operation('post',name,ops.post));
  main.append(make('h2','Schemas'));
  for(const [name,schema] of Object.entries(spec.components.schemas))main.append(schemaBlock(name,schema));
  main.append(make('h2','Error codes'));const t=make('table');
  for(const [code,e] of Object.entries(spec['x-error-codes']||{})){const row=make('tr','',make('td','',make('code',code)),make('td',String(e.status)),make('td',e.description));row.id='error-'+code;t.append(row)}
  main.append(t);
  if(location.hash){const target=document.getElementById(decodeURIComponent(location.hash.slice(1)));if(target){target.open=true;target.scrollIntoView()}}
}).catch(()=>{document.getElementById('main').textContent='The description of the API could not be loaded.'});`;

const hashSource = (text: string): string =>
  `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;

/** Allows this page's own script and style, and loading from nowhere but here. */
export const DOCS_PAGE_POLICY = [
  "default-src 'none'",
  `script-src ${hashSource(SCRIPT)}`,
  `style-src ${hashSource(STYLE)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** One page that renders `openapi.json` beside it. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>API</title><style>${STYLE}</style></head>
<body><main id="main">Loading…</main><script>${SCRIPT}</script></body>
</html>
`;
