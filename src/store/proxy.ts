/**
 * The proxy for requests to `url`, by the variables that most programs know: `HTTPS_PROXY` or `HTTP_PROXY`, else `ALL_PROXY`, unless
 * `NO_PROXY` names the host; lower case goes first, as for curl. The SDK ignores them, and packages that do not read the
 * environment of the process, which is not a library's to read.
 * @returns undefined: none
 */
export function proxyFor(url: string, env: Record<string, string | undefined>): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  const scheme = protocol.slice(0, -1);
  const proxy = lookUp(env, `${scheme}_proxy`) || lookUp(env, 'all_proxy');
  if (!proxy || isExempt(hostname, port || defaultPorts[scheme], lookUp(env, 'no_proxy'))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

const defaultPorts: Record<string, string> = { http: '80', https: '443' };

function lookUp(env: Record<string, string | undefined>, name: string): string {
  return env[name] || env[name.toUpperCase()] || '';
}

/** `NO_PROXY` has hosts, which stand for all below them, too, perhaps with a port; or `*`. */
function isExempt(host: string, port: string | undefined, noProxy: string): boolean {
  const names = [host, `${host}:${port}`, host.replace(/^\[(.*)\]$/, '$1')];
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .map((entry) => entry.replace(/^\*?\./, ''))
    .some((entry) => entry !== '' && (entry === '*' || names.some((name) => isBelow(name, entry))));
}

function isBelow(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}
