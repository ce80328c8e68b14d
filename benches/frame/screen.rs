//! The program itself on a display, seen from outside: by the lines of `--report-frames`, and by the
//! processor time that the system says it has used.

use std::io::{self, BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use serde_json::Value;
use tempfile::TempDir;

/// How long to wait for anything.
const WAIT_TIMEOUT: Duration = Duration::from_mins(2);

/// The program, killed when dropped.
pub(super) struct Screen {
    child: Child,
    lines: Receiver<Value>,
    start: Instant,
    _home: TempDir,
}

impl Screen {
    /// Starts it as if for the first time.
    pub(super) fn open(arguments: &[&str]) -> io::Result<Self> {
        let home = tempfile::tempdir()?;
        let start = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_implicit-bias-lab"));
        command.args(arguments).arg("--report-frames");
        for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
            command.env(variable, home.path());
        }
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        // More than the frames between two looks at them.
        let (sender, lines) = bounded(100_000);
        std::thread::Builder::new()
            .name("frames".to_owned())
            .spawn(move || {
                let lines = BufReader::new(output).lines().map_while(Result::ok);
                let mut frames = lines.filter_map(|line| serde_json::from_str(&line).ok());
                // Without a reader there is no one to tell.
                drop(frames.try_for_each(|frame| sender.send(frame)));
            })?;
        Ok(Self {
            child,
            lines,
            start,
            _home: home,
        })
    }

    /// The next frame that is of the kind, and how long after the launch its line has come.
    pub(super) fn frame(&self, wanted: impl Fn(&Value) -> bool) -> io::Result<(Value, Duration)> {
        loop {
            let line = self.lines.recv_timeout(WAIT_TIMEOUT);
            let line = line.map_err(|_gone| io::Error::other("the window tells of no frames"))?;
            if wanted(&line) {
                return Ok((line, self.start.elapsed()));
            }
        }
    }

    /// The frames of some time to come.
    pub(super) fn frames_of(&self, time: Duration) -> Vec<Value> {
        self.lines.try_iter().for_each(drop);
        std::thread::sleep(time);
        self.lines.try_iter().collect()
    }

    /// Processor time of all its threads, to a hundredth of a second; Linux tells.
    pub(super) fn processor_time(&self) -> io::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name, in parentheses, may hold spaces; utime and stime are the 12th and 13th field after it.
        let fields = stat.rsplit(") ").next().unwrap_or_default();
        let ticks = fields.split(' ').skip(11).take(2);
        let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(10 * ticks))
    }

    /// The part of one processor that it uses over `time`, once there is nothing left to compute.
    pub(super) fn idle(&self, time: Duration) -> io::Result<f64> {
        let start = Instant::now();
        loop {
            let before = self.processor_time()?;
            std::thread::sleep(Duration::from_secs(1));
            let busy = self.processor_time()?.saturating_sub(before);
            if busy <= Duration::from_millis(10) || start.elapsed() > WAIT_TIMEOUT {
                break;
            }
        }
        let before = self.processor_time()?;
        std::thread::sleep(time);
        let busy = self.processor_time()?.saturating_sub(before);
        Ok(busy.as_secs_f64() / time.as_secs_f64())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It may have gone by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
