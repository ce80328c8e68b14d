"""Uses the window for minutes or hours, by script or at random, and watches what it costs. Needs no screen of its own.

    sudo apt install xvfb xdotool openbox
    cargo build --release
    python3 tests/soak.py                    ten minutes of the script below, over and over
    python3 tests/soak.py --minutes 120      two hours of it
    python3 tests/soak.py --monkey 7         ten minutes of keys, clicks and drags from seed 7

A round of the script opens the densest preset at full speed with the theory over the runs, and then pins, drags sliders,
looks back, turns pages of the lecture layout, draws over the plots, changes seeds, walks presets and undoes it all.
At the end of every round the recipe that it began with runs again, and its memory is noted.

Fails if
- the program ends by itself, or a second goes by in which it answers nothing for longer than `--frame-timeout`;
- memory after the last rounds is more than 5 % above that after the first quarter (the rounds that fill what has a bound:
  the list of undone runs, pins, caches of glyphs);
- it has a socket of the internet family, open or closed: it needs the display's and no other;
- a second window, whose display is ended under it, does not end too, and say why in the program's own words;
- with `--quiet-machine`: the 99th percentile of a frame's time on the window's thread has grown by more than a quarter.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = {"Xvfb": "xvfb", "xdotool": "xdotool", "openbox": "openbox"}
WIDTH, HEIGHT = 1600, 1000

# Five runs of SGD, four of SGF and one of GD that never come to rest: the label noise fades, and never ends.
SETTINGS = """sgd_runs=5 sgf_runs=4 sgf_scheme=log-euler label_noise=power-law label_noise_level=0.5
label_noise_time=1000 label_noise_exponent=0.5 speed=max steps=1000000000""".split()

# What a finger may meet. Not Ctrl+O, which opens the desktop's own dialog, and not F11, which needs a desktop.
KEYS = """space Right Left shift+Right shift+Left shift+space minus plus b shift+b comma period p shift+p ctrl+p Delete
ctrl+z ctrl+shift+z ctrl+y shift+r s shift+s r End w l o e q a x ctrl+k h t F2 Next Prior shift+Next shift+Prior m Escape
question 1 2 3 4 5 6 7 8 9 Tab Return ctrl+c ctrl+v ctrl+shift+c ctrl+r""".split()


class Failed(Exception):
    """What a soak must not meet."""


class Display:
    """A screen in memory with a window manager, which gives windows the keyboard."""

    def __init__(self):
        missing = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
        if missing:
            sys.exit("soak: first `sudo apt install " + " ".join(missing) + "`")
        read, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as answer:
            self.name = ":" + answer.readline().strip()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.manager = subprocess.Popen(["openbox"], env={**os.environ, "DISPLAY": self.name}, **quiet)

    def close(self):
        for process in (self.manager, self.server):
            process.terminate()
            process.wait()


class Window:
    """The program on a display, as if started for the first time."""

    def __init__(self, binary, display, home):
        places = {name: str(home) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
        self.env = {**os.environ, **places, "DISPLAY": display.name, "LIBGL_ALWAYS_SOFTWARE": "1", "LP_NUM_THREADS": "1"}
        # Neither another display nor a desktop's message bus.
        for name in ("WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DBUS_SESSION_BUS_ADDRESS"):
            self.env.pop(name, None)
        arguments = [binary, "--preset", "fig3", "--play", "--report-frames"]
        arguments += [part for setting in SETTINGS for part in ("--set", setting)]
        self.errors = open(home / "errors", "w+")
        self.process = subprocess.Popen(
            arguments, env=self.env, cwd=home, stdout=subprocess.PIPE, stderr=self.errors, text=True
        )
        self.frames = []  # (seconds, busy milliseconds)
        self.last = {}
        threading.Thread(target=self._listen, daemon=True).start()
        found = self.xdotool("search", "--sync", "--onlyvisible", "--pid", str(self.process.pid))
        self.id = found.split()[-1] if found.split() else ""
        if not self.id:
            raise Failed("no window came up: " + self.said())
        self.xdotool("windowmove", self.id, "0", "0")
        self.xdotool("windowsize", self.id, str(WIDTH), str(HEIGHT))
        self.xdotool("windowactivate", "--sync", self.id)
        self.sockets = {}

    def _listen(self):
        for line in self.process.stdout:
            try:
                frame = json.loads(line)
            except ValueError:
                continue
            self.last = frame
            if frame.get("busy_ms") is not None:
                self.frames.append((frame["seconds"], frame["busy_ms"]))

    def said(self):
        self.errors.flush()
        return pathlib.Path(self.errors.name).read_text()[-2000:]

    def xdotool(self, *arguments):
        command = ["xdotool", *arguments]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=120).stdout

    def check(self):
        if self.process.poll() is not None:
            raise Failed(f"the program ended with {self.process.returncode}: {self.said()}")
        for inode, kind in internet_sockets(self.process.pid).items():
            self.sockets[inode] = kind
        if self.sockets:
            raise Failed(f"it opened sockets of the internet family: {self.sockets}")

    def keys(self, *keys, pause=0.15):
        for key in keys:
            self.xdotool("key", "--clearmodifiers", key)
            time.sleep(pause)

    def move(self, x, y):
        self.xdotool("mousemove", "--window", self.id, str(int(x)), str(int(y)))

    def drag(self, start, end, parts=12):
        self.move(*start)
        self.xdotool("mousedown", "1")
        for part in range(1, parts + 1):
            self.move(*(a + (b - a) * part / parts for a, b in zip(start, end)))
            time.sleep(0.02)
        self.xdotool("mouseup", "1")

    def wait_for_frame(self, frame_timeout):
        """Moves the pointer until a frame has been drawn."""
        count, start = len(self.frames), time.monotonic()
        while len(self.frames) == count:
            self.check()
            if time.monotonic() - start > frame_timeout:
                raise Failed(f"no frame for {frame_timeout} s: the window does not answer")
            self.move(700 + random.randrange(9), 400)
            time.sleep(0.05)

    def memory(self):
        """Resident megabytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def close(self, frame_timeout):
        """As with the button of its frame: it saves what it remembers and ends."""
        start = time.monotonic()
        self.xdotool("windowclose", self.id)
        try:
            self.process.wait(frame_timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failed(f"it was closed {frame_timeout} s ago and still runs") from None
        return time.monotonic() - start


def lose_display(options):
    """What a window says whose display is gone."""
    display = Display()
    with tempfile.TemporaryDirectory(prefix="soak-") as home:
        window = Window(options.binary, display, pathlib.Path(home))
        try:
            window.wait_for_frame(options.frame_timeout)
            display.close()
            try:
                window.process.wait(options.frame_timeout)
            except subprocess.TimeoutExpired:
                raise Failed("its display is gone and it still runs") from None
            said = window.said()
            if "implicit-bias-lab: the window system took the window away" not in said:
                raise Failed(f"of a display that is gone it says: {said}")
        finally:
            window.process.kill()
            window.process.wait()
            display.close()


def internet_sockets(pid):
    """Sockets of a process by inode that are not of the unix kind."""
    own = set()
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(entry)
        except OSError:
            continue
        if target.startswith("socket:["):
            own.add(target[8:-1])
    found = {}
    for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        try:
            lines = pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        found |= {fields[9]: table for fields in map(str.split, lines) if fields[9] in own}
    return found


def script(window, at):
    """One round. Every part of the window is used, and everything is undone or replaced in the end."""
    window.keys("Escape", "Escape", "p")  # pinned before it goes
    strip = HEIGHT - 60
    for x in range(400, 1400, 100):  # numbers under the pointer
        window.move(x, 300 + (x + 37 * at) % 400)
        time.sleep(0.05)
    window.drag((600, strip), (1300, strip))  # scrub
    window.keys("Left", "Left", "shift+Left", "b", "Right", "shift+space", "shift+space", "b", "Escape")
    for y in range(180, 820, 80):  # whatever sliders and fields are there
        window.drag((230, y), (180 + 17 * (at % 5), y))
    window.keys("Escape", "Escape", "o", "o", "e", "l", "l", "t", "t", "e")
    window.keys("F2", "Next", "Next", "Prior", "F2", pause=0.4)  # lecture
    window.keys("a")  # pen
    window.drag((700, 300), (900, 500))
    window.drag((900, 300), (700, 500))
    window.keys("x", "Escape")
    window.keys("m", "Escape", "shift+r", "p", "shift+p", "ctrl+p", pause=0.4)
    window.keys("shift+Next", "space", pause=0.8)
    window.keys(str(1 + at % 9), "space", pause=0.8)
    window.keys("ctrl+z", "ctrl+z", "ctrl+shift+z", "ctrl+z", pause=0.4)
    window.keys("w", "w", "ctrl+k", "Escape", "question", "Escape", pause=0.3)
    width = 1000 + 100 * (at % 6)
    window.xdotool("windowsize", window.id, str(width), "760")
    time.sleep(0.5)
    window.xdotool("windowsize", window.id, str(WIDTH), str(HEIGHT))


def rest(window, seconds):
    """The same state in every round: the recipe that it began with, from its link on the clipboard, at full speed."""
    window.keys("Escape", "Escape", "Escape", "ctrl+p", "1", "ctrl+v", pause=0.3)
    time.sleep(1)
    if not window.last.get("playing"):
        window.keys("space")
    end = time.monotonic() + seconds
    seen = []
    while time.monotonic() < end:
        window.check()
        window.move(500 + 10 * (len(seen) % 80), 450)
        time.sleep(0.5)
        seen.append(window.memory())
    return statistics.median(seen[len(seen) // 2 :])


def monkey(window, chance, count):
    """Keys, clicks, drags, wheels and texts at random places."""
    for _ in range(count):
        place = lambda: (chance.randrange(WIDTH), chance.randrange(HEIGHT))
        act = chance.random()
        if act < 0.45:
            window.keys(chance.choice(KEYS), pause=0.02)
        elif act < 0.65:
            window.move(*place())
            window.xdotool("click", "--repeat", str(chance.choice([1, 1, 2])), str(chance.choice([1, 1, 1, 3])))
        elif act < 0.85:
            window.drag(place(), place(), parts=6)
        elif act < 0.93:
            window.move(*place())
            window.xdotool("click", "--repeat", "3", str(chance.choice([4, 5])))
        elif act < 0.97:
            window.xdotool("type", "--delay", "2", chance.choice(["1e308", "-1", "0", "auto", "nan", "β = w₊²", "9" * 40]))
        else:
            size = (chance.randrange(500, WIDTH), chance.randrange(400, HEIGHT))
            window.xdotool("windowsize", window.id, *map(str, size))
    window.xdotool("windowsize", window.id, str(WIDTH), str(HEIGHT))


def percentile(frames, part):
    times = sorted(busy for _, busy in frames)
    return times[min(len(times) - 1, int(part * len(times)))] if times else float("nan")


def soak(options, window):
    started, memory, frames_at, round_ = time.monotonic(), [], [], 0
    window.keys("ctrl+shift+c")
    chance = random.Random(options.monkey)
    while time.monotonic() - started < 60 * options.minutes:
        frames_at.append(len(window.frames))
        if options.monkey is None:
            script(window, round_)
        else:
            monkey(window, chance, 60)
        window.wait_for_frame(options.frame_timeout)
        memory.append(rest(window, options.rest))
        frames = window.frames[frames_at[-1] :]
        minutes = (time.monotonic() - started) / 60
        print(
            f"{minutes:7.1f} min  round {round_ + 1:3}  {memory[-1]:7.1f} MB  step {window.last['step']:9}  {len(frames):6} frames  "
            f"median {percentile(frames, 0.5):6.1f} ms  99 % {percentile(frames, 0.99):6.1f} ms",
            flush=True,
        )
        round_ += 1
    return memory, frames_at


def judge(options, window, memory, frames_at):
    rounds = len(memory)
    if rounds < 8:
        raise Failed(f"only {rounds} rounds: too few to tell; give it more --minutes")
    quarter = rounds // 4
    early = statistics.median(memory[quarter : 2 * quarter])
    late = statistics.median(memory[-quarter:])
    print(f"memory: {early:.1f} MB after warm-up, {late:.1f} MB in the end ({100 * (late / early - 1):+.1f} %)")
    halves = window.frames[frames_at[quarter] : frames_at[2 * quarter]], window.frames[frames_at[-quarter] :]
    before, after = (percentile(half, 0.99) for half in halves)
    print(f"99 % of frames: {before:.1f} ms after warm-up, {after:.1f} ms in the end; {len(window.frames)} frames")
    # What a monkey leaves behind it is not the same from round to round.
    if options.monkey is None and late > 1.05 * early:
        raise Failed("memory grows")
    if options.quiet_machine and after > 1.25 * before:
        raise Failed("frames grow slower")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--monkey", type=int, metavar="SEED", help="at random from this seed, and not by the script")
    parser.add_argument("--binary", default=str(ROOT / "target/release/implicit-bias-lab"))
    parser.add_argument("--rest", type=float, default=6, help="seconds in the same state before memory is noted")
    parser.add_argument("--frame-timeout", type=float, default=30, help="seconds without a frame that are too many")
    parser.add_argument("--quiet-machine", action="store_true", help="also judge the time of frames")
    options = parser.parse_args()
    if not pathlib.Path(options.binary).exists():
        sys.exit(f"soak: there is no {options.binary}; first `cargo build --release`, or name one with --binary")
    # An interrupted soak leaves no processes behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    display = Display()
    try:
        with tempfile.TemporaryDirectory(prefix="soak-") as home:
            window = Window(options.binary, display, pathlib.Path(home))
            try:
                memory, frames_at = soak(options, window)
                judge(options, window, memory, frames_at)
                print(f"closed within {window.close(options.frame_timeout):.1f} s; no socket but the display's")
            finally:
                window.process.kill()
                window.process.wait()
        lose_display(options)
        print("a window whose display is gone ends and says so")
    except Failed as failure:
        sys.exit(f"soak: {failure}")
    finally:
        display.close()


if __name__ == "__main__":
    main()
