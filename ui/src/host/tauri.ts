// The desktop shell as host.

import { Channel, invoke } from "@tauri-apps/api/core";
import type { Progress } from "../gen/model";
import type { Args, Command, Host, Result } from "./commands";

export const host: Host = {
  call<K extends Command>(name: K, args: Args<K>) {
    return invoke<Result<K>>(name, args);
  },
  async watch(audit, onProgress) {
    const channel = new Channel<Progress>();
    channel.onmessage = onProgress;
    await invoke("watch_audit", { audit, channel });
  },
};
