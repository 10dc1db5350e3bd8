/** Every environment variable that Slipway looks at, by itself or by the AWS SDK and Node, and what for. */
export const environment: readonly (readonly [names: readonly string[], about: string])[] = [
  [
    ["SLIPWAY_CACHE_DIR", "XDG_CACHE_HOME"],
    "where finished images and the findings of gates are kept: the first, else `slipway` in the second, else `~/.cache/slipway` ([releases.md](releases.md#when-something-dies))",
  ],
  [
    ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
    "who Slipway is ([authentication.md](authentication.md#who-slipway-is))",
  ],
  [
    ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"],
    "a web identity, as GitHub, GitLab and EKS give one",
  ],
  [
    ["AWS_REGION", "AWS_DEFAULT_REGION"],
    "the region that `slipway init` writes down; where a release goes, only slipway.yaml and `--region` say",
  ],
  [
    [
      "AWS_ENDPOINT_URL",
      "AWS_ENDPOINT_URL_ECR",
      "AWS_ENDPOINT_URL_STS",
      "AWS_ENDPOINT_URL_ECS",
      "AWS_ENDPOINT_URL_LAMBDA",
    ],
    "another address of these services, such as a local ECR; ignored with `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true`",
  ],
  [
    [
      "HTTPS_PROXY",
      "HTTP_PROXY",
      "NO_PROXY",
      "NODE_EXTRA_CA_CERTS",
      "AWS_CA_BUNDLE",
      "SSL_CERT_FILE",
    ],
    "proxies and private authorities ([authentication.md](authentication.md#proxies-and-private-authorities))",
  ],
  [
    ["DOCKER_CONFIG", "DOCKER_AUTH_CONFIG", "DOCKER_HOST", "BUILDX_CONFIG"],
    "docker's own: its configuration, logins and engine, and buildx's builders",
  ],
  [["SSH_AUTH_SOCK"], "the agent that a `build.ssh` mount uses"],
  [["GOGC"], "how seldom buildx collects garbage while it exports an image; 400 unless it is set"],
  [
    ["GITHUB_ACTIONS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"],
    "annotations of `lint` and `lifecycle check`; outputs and summary of a release ([ci.md](ci.md#outputs-and-summary))",
  ],
  [["CI", "TERM"], "with `CI` set, or `TERM=dumb`, progress is plain lines on a terminal too"],
  [["NO_COLOR", "FORCE_COLOR"], "no colours, or colours without a terminal as well"],
];
