import { expect, test } from "vitest";
import { contentsOf } from "../../src/gates/contents/judge.ts";
import { madeUpAwsKey, madeUpKey, platformOf, type Written } from "../support/layer.ts";

type Layers = readonly (readonly Written[])[];
const settings = { allow: [], user: "any" } as const;

async function found(layers: Layers, config = {}, wanted = {}) {
  const platform = await platformOf(layers, config);
  const { findings } = contentsOf({ ...settings, ...wanted }, [platform]);
  return findings.map(
    ({ level, code, place }) => `${level} ${code} ${place.replace("linux/amd64 ", "")}`,
  );
}

const aws = madeUpAwsKey();
const login = `https://deploy:hunter${2}22@example.com/simple`;

test.each([
  ["app/server.key", `# ours\n${madeUpKey()}`, "error PRIVATE_KEY layer 1 /app/server.key:2"],
  [
    "root/.ssh/id",
    madeUpKey("OPENSSH ").replace(
      /\n.{64}/,
      "\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gt",
    ),
    "error PRIVATE_KEY layer 1 /root/.ssh/id:1",
  ],
  ["app/enc.pem", madeUpKey("ENCRYPTED "), "warning PRIVATE_KEY layer 1 /app/enc.pem:1"],
  [
    "app/gcp.json",
    JSON.stringify({ private_key: madeUpKey("") }),
    "error PRIVATE_KEY layer 1 /app/gcp.json:1",
  ],
  [
    "app/settings.py",
    `KEY = "${aws.id}"\nSECRET = "${aws.secret}"\n`,
    "error CLOUD_CREDENTIALS layer 1 /app/settings.py:1",
  ],
  [
    "app/settings.py",
    `KEY = "${aws.id}"\n`,
    "warning CLOUD_CREDENTIALS layer 1 /app/settings.py:1",
  ],
  [
    "root/.aws/credentials",
    `[default]\naws_secret_access_key = ${aws.secret}\n`,
    "error CLOUD_CREDENTIALS layer 1 /root/.aws/credentials:2",
  ],
  [
    "app/.npmrc",
    "//registry.npmjs.org/:_authToken=f3c1d2e4-aaaa\n",
    "error PACKAGE_TOKEN layer 1 /app/.npmrc:1",
  ],
  [
    "root/.pypirc",
    "[pypi]\npassword = pypi-AgEIcHlwaS5v\n",
    "error PACKAGE_TOKEN layer 1 /root/.pypirc:2",
  ],
  [
    "etc/pip.conf",
    `[global]\nindex-url = ${login}\n`,
    "error PACKAGE_TOKEN layer 1 /etc/pip.conf:2",
  ],
  [
    "root/.netrc",
    "machine github.com login x password hunter222\n",
    "error PACKAGE_TOKEN layer 1 /root/.netrc:1",
  ],
  [
    "root/.docker/config.json",
    '{"auths":{"x":{"auth":"dXNlcjpwYXNz"}}}',
    "error REGISTRY_LOGIN layer 1 /root/.docker/config.json:1",
  ],
  [
    "root/.kube/config",
    "users:\n- user:\n    token: eyJhbGciOi\n",
    "error CLUSTER_CREDENTIALS layer 1 /root/.kube/config:3",
  ],
  [
    "infra/terraform.tfstate",
    '{"resources": [{"type": "aws_db_instance"}]}',
    "error STATE_FILE layer 1 /infra/terraform.tfstate:1",
  ],
  ["app/.env", "PORT=80\nDB_PASSWORD=hunter222\n", "error ENV_FILE layer 1 /app/.env:2"],
  ["app/.env", "PORT=80\n", "warning ENV_FILE layer 1 /app/.env"],
  ["app/.env", "DB_PASSWORD=\nDB_HOST=localhost\n", "warning ENV_FILE layer 1 /app/.env"],
  ["app/.git/HEAD", "ref: refs/heads/main\n", "error GIT_HISTORY layer 1 /app/.git/HEAD:1"],
])("%s", async (name, content, expected) => {
  expect(await found([[{ name, content }]])).toEqual([expected]);
});

test.each([
  ["etc/ssl/certs/ca.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n"],
  ["app/pem.js", 'if (text.startsWith("-----BEGIN PRIVATE KEY-----")) read(text);\n'],
  ["usr/bin/openssl", Buffer.concat([Buffer.alloc(64), Buffer.from(madeUpKey())])],
  ["app/docs.md", "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"],
  ["app/.npmrc", `//registry.npmjs.org/:_authToken=\${NPM_TOKEN}\n`],
  ["app/.npmrc", "//registry.npmjs.org/:_authToken=\nregistry=https://registry.npmjs.org/\n"],
  ["app/.yarnrc.yml", "npmAuthToken:\nnodeLinker: node-modules\n"],
  ["root/.netrc", "machine example.com login x password  $PASSWORD\n"],
  ["app/.npmrc", "save-exact=true\n"],
  ["app/.env.example", "DB_PASSWORD=something\n"],
  ["root/.docker/config.json", '{"credsStore": "ecr-login"}'],
  ["app/.gitignore", ".env\n"],
])("%s is no finding", async (name, content) => {
  expect(await found([[{ name, content }]])).toEqual([]);
});

const header = "Proc-Type: 4,ENCRYPTED";

test.each([
  ["an encrypted key as OpenSSL wrote it", `${header}\nDEK-Info: AES-128-CBC,0A1B\n\n`],
  ["the same in a line of JSON", `${header}\\nDEK-Info: AES-128-CBC,0A1B\\n\\n`],
])("%s has headers before its body", async (_, headers) => {
  const content = madeUpKey("RSA ").replace("-----\n", `-----\n${headers}`);
  expect(await found([[{ name: "app/old.pem", content }]])).toEqual([
    "warning PRIVATE_KEY layer 1 /app/old.pem:1",
  ]);
});

/** So much that a search which begins anew at every line takes many seconds. */
const many = 160 * 1024;

test.each([
  ["app/key.pem", `-----BEGIN PRIVATE KEY-----\n${"a:  ".repeat(33)}!`],
  ["app/key.json", `-----BEGIN PRIVATE KEY-----\\n${"a: \\n".repeat(30)}!`],
  ["app/.env", "\n".repeat(many)],
  ["app/.env.local.d", "TOKEN".repeat(many / 2)],
  ["root/.pypirc", "\n".repeat(many)],
  ["root/.kube/config", "-\n".repeat(many / 2)],
  ["root/.aws/credentials", "\n".repeat(many)],
])("%s that is made to be slow is read in no time", { timeout: 4000 }, async (name, content) => {
  expect((await found([[{ name, content }]])).filter((one) => one.startsWith("error"))).toEqual([]);
});

test("what packages bring for their own tests is told and holds nothing up", async () => {
  const key = madeUpKey();
  expect(await found([[{ name: "app/node_modules/tls/test/key.pem", content: key }]])).toEqual([
    "info PRIVATE_KEY layer 1 /app/node_modules/tls/test/key.pem:1",
  ]);
  expect(await found([[{ name: "app/test/key.pem", content: key }]])).toEqual([
    "warning PRIVATE_KEY layer 1 /app/test/key.pem:1",
  ]);
});

test("what a later layer deletes can still be downloaded", async () => {
  const platform = await platformOf([
    [{ name: "k.pem", content: madeUpKey() }],
    [{ name: ".wh.k.pem" }],
  ]);
  const { findings } = contentsOf(settings, [platform]);
  expect(findings).toMatchObject([
    {
      code: "PRIVATE_KEY",
      level: "error",
      message:
        "a private key, deleted in layer 2 and still to be downloaded in this one, from COPY 0 /",
    },
  ]);
});

test("nothing of a secret is in what is said", async () => {
  const content = `${madeUpKey()}\n${aws.id} ${aws.secret}\n`;
  const config = { config: { Env: ["DB_PASSWORD=hunter222"] } };
  const said = JSON.stringify(
    contentsOf(settings, [await platformOf([[{ name: "x", content }]], config)]),
  );
  expect(said).toContain("DB_PASSWORD");
  for (const secret of ["hunter222", aws.secret, aws.id, madeUpKey().split("\n")[1] ?? ""]) {
    expect(said).not.toContain(secret);
  }
});

test("rights that are too wide, in what a container sees", async () => {
  const wide = [
    { name: "usr/bin/passwd", mode: 0o4755, content: "x" },
    { name: "opt/tool", mode: 0o4755, content: "x" },
    { name: "srv/", type: "directory", mode: 0o777 },
    { name: "tmp/", type: "directory", mode: 0o1777 },
  ] as const;
  expect(await found([wide])).toEqual([
    "warning SETUID_FILE layer 1 /opt/tool",
    "warning WORLD_WRITABLE layer 1 /srv",
    "info SETUID_FILE file system",
  ]);
  expect(await found([wide, [{ name: "opt/.wh.tool" }]], {}, { allow: ["/srv"] })).toEqual([
    "info SETUID_FILE file system",
  ]);
});

test("who runs, what listens, and secrets in environment and history", async () => {
  const config = {
    config: {
      User: "0:0",
      ExposedPorts: { "22/tcp": {}, "8080/tcp": {} },
      Env: [
        "PATH=/bin",
        "API_TOKEN=f3c1d2e4",
        "TOKENIZERS_PARALLELISM=false",
        "DB_PASSWORD_FILE=/run/x",
      ],
    },
    history: [
      { created_by: "ENV API_TOKEN=f3c1d2e4", empty_layer: true },
      { created_by: "RUN |1 NPM_TOKEN=abcdef12 /bin/sh -c npm ci # buildkit" },
      { created_by: `RUN /bin/sh -c TOKEN=$(cat /run/secrets/t) fetch # buildkit` },
      { created_by: `RUN /bin/sh -c pip install -i ${login} app # buildkit` },
    ],
  };
  expect(await found([], config, { user: "non-root" })).toEqual([
    "error USER_ROOT config user",
    "error ENV_SECRET config environment",
    "error HISTORY_SECRET config history 2",
    "error HISTORY_SECRET config history 4",
    "warning PORT_SSH config ports",
  ]);
});

const elf = (machine: number) => {
  const bytes = Buffer.alloc(64);
  bytes.write("\x7fELF\x02\x01\x01", "latin1");
  bytes.writeUInt16LE(machine, 18);
  return bytes;
};

test("programs for another machine", async () => {
  const files = [
    { name: "bin/sh", content: elf(62) },
    { name: "usr/bin/tool", content: elf(183) },
    { name: "opt/x.so", content: elf(183) },
    { name: "app/node_modules/x/prebuilds/linux-arm64/x.node", content: elf(183) },
  ];
  expect(await found([files], { config: { Entrypoint: ["/opt/x.so"] } })).toEqual([
    "error WRONG_MACHINE layer 1 /usr/bin/tool",
    "error WRONG_MACHINE layer 1 /opt/x.so",
    "info WRONG_MACHINE layer 1 /app/node_modules/x/prebuilds/linux-arm64/x.node",
  ]);
});

test("what several platforms share is told once, and many of one kind are counted", async () => {
  const files = Array.from({ length: 40 }, (_, at) => ({ name: `k${at}`, content: madeUpKey() }));
  const one = await platformOf([files]);
  const other = { ...one, image: { ...one.image, platform: "linux/arm64" } };
  const { findings } = contentsOf(settings, [one, other]);
  expect(findings).toHaveLength(13);
  expect(findings[0]?.place).toBe("linux/amd64, linux/arm64 layer 1 /k0:1");
  expect(findings[12]?.message).toBe("28 more of the same");
});
