declare module 'proxy-from-env' {
  /** The proxy for requests to `url` by the environment (`HTTPS_PROXY`, `NO_PROXY`, …); empty: none. */
  export function getProxyForUrl(url: string): string;
}
