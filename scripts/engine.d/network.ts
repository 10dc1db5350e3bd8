import { call, callOrRefuse } from "../call.ts";
import { checkout } from "../place.ts";
import { Refusal, say } from "../say.ts";
import { dockerd } from "./layout.ts";
import { processesOf, runsElsewhere } from "./processes.ts";

/** An interface's name has at most 15 characters. */
const bridge = `slipway${checkout.slice(0, 6)}`;
const own = Number.parseInt(checkout.slice(0, 2), 16);
const bridgeAddress = `172.29.${own}.1/24`;
const pool = { base: `172.28.${own}.0/24`, size: 28 };

/** Whether an engine that is not ours runs on this machine's network. */
function besideAnother(): boolean {
  return runsElsewhere("dockerd", processesOf(dockerd));
}

/**
 * Alone, dockerd manages docker0 and the packet filter as it always does. Two daemons would undo each
 * other's filter rules, so beside another one ours keeps away from them and has a bridge of its own;
 * ports published on loopback still work, through docker-proxy.
 */
export function networkSettings(): Readonly<Record<string, unknown>> {
  if (!besideAnother()) {
    say("changed on this machine: bridge docker0, IP forwarding and docker's packet filter rules");
    return {};
  }
  say(
    "another docker engine runs here: ours leaves the packet filter alone (containers see no network)",
  );
  makeBridge();
  return {
    bridge,
    iptables: false,
    ip6tables: false,
    "ip-masq": false,
    "ip-forward": false,
    "default-address-pools": [pool],
  };
}

/** Removes the bridge that was made for standing beside another engine. */
export function removeBridge(): void {
  if (call("ip", ["link", "show", bridge]).ok) callOrRefuse("ip", ["link", "delete", bridge]);
}

function makeBridge(): void {
  if (call("ip", ["link", "show", bridge]).ok) return;
  if (!call("ip", ["link", "add", "name", bridge, "type", "bridge"]).ok) {
    throw new Refusal(
      "a network bridge cannot be made: install iproute2, or stop the other docker",
    );
  }
  callOrRefuse("ip", ["address", "add", bridgeAddress, "dev", bridge]);
  callOrRefuse("ip", ["link", "set", bridge, "up"]);
  say(`changed on this machine: network bridge ${bridge} (${bridgeAddress})`);
}
