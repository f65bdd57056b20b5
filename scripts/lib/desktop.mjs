// A desktop nobody sees: an X server with a moving scene, a sound server whose microphone hears what we speak.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Program } from "./program.mjs";

export async function virtualDesktop(folder) {
  const x = new Program("Xvfb", "Xvfb", "-displayfd 1 -screen 0 1280x720x24 -nolisten tcp -noreset -dpi 96".split(" "));
  const display = `:${(await x.line("its display", (line) => line.trim() || null)).trim()}`;

  mkdirSync(folder, { recursive: true });
  const socket = path.join(folder, "pulse.sock");
  const script = path.join(folder, "default.pa");
  writeFileSync(
    script,
    [
      `load-module module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
      "load-module module-null-sink sink_name=mouth rate=48000 channels=2 format=s16le",
      "load-module module-remap-source source_name=mic master=mouth.monitor",
      "set-default-sink mouth",
      "set-default-source mic",
      "",
    ].join("\n"),
  );
  const env = {
    ...process.env,
    DISPLAY: display,
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    PULSE_SERVER: `unix:${socket}`,
    XDG_SESSION_TYPE: "x11",
    // No session bus may be started for us, or outlive us.
    DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent/bus",
  };
  delete env.WAYLAND_DISPLAY;
  const quiet = { ...env };
  delete quiet.PULSE_SERVER;
  const pulse = "--daemonize=no --use-pid-file=no --exit-idle-time=-1 --high-priority=no --log-target=stderr".split(" ");
  new Program("pulseaudio", "pulseaudio", ["-n", "-F", script, ...pulse], { env: quiet });
  for (let tries = 0; ; tries++) {
    const sources = new Program("pactl", "pactl", ["list", "short", "sources"], { env });
    if ((await sources.ended) === 0 && sources.said.some((line) => line.includes("\tmic\t"))) break;
    if (tries === 100) throw new Error("the sound server did not come up");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  const scene =
    "testsrc2=size=1280x720:rate=30,drawtext=text='Aside':fontsize=96:x=80+40*sin(t):y=500:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=24";
  const ffplay = ["-v", "error", "-an", "-noborder", "-left", "0", "-top", "0", "-f", "lavfi", "-i", scene];
  new Program("ffplay", "ffplay", ffplay, { env: { ...env, SDL_AUDIODRIVER: "dummy" } });
  return { env, speak: (wav) => new Program("paplay", "paplay", ["--device", "mouth", wav], { env }).done() };
}

/** Sentences as one WAV, with a pause between them. The fixture model knows only words of its vocabulary. */
export async function synthesise(folder, sentences) {
  const pieces = [];
  for (const [n, sentence] of sentences.entries()) {
    const file = path.join(folder, `sentence-${n}.wav`);
    await new Program("espeak-ng", "espeak-ng", ["-v", "en-us", "-s", "150", "-p", "50", "-w", file, sentence]).done();
    const padded = path.join(folder, `padded-${n}.wav`);
    await new Program("sox", "sox", [file, "-r", "48000", "-c", "1", "-b", "16", padded, "pad", "0", "0.5"]).done();
    pieces.push(padded);
  }
  const speech = path.join(folder, "speech.wav");
  await new Program("sox", "sox", [...pieces, speech]).done();
  return speech;
}
