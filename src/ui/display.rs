//! The screens that there are, as opposed to those that there were.

use std::cell::Cell;
#[cfg(target_os = "linux")]
use std::ffi::OsString;
use std::io::{self, Write as _};
#[cfg(target_os = "linux")]
use std::os::unix::net::UnixStream;
#[cfg(target_os = "linux")]
use std::path::PathBuf;

use eframe::UserEvent;
use winit::dpi::PhysicalPosition;
use winit::event_loop::EventLoopBuilder;
use winit::window::Window;

/// Pixels of a window's upper edge that must be on a screen for it to be found and moved.
const HANDLE: [i64; 2] = [64, 16];

/// A rectangle of pixels: its corner and its size.
type Area = ([i64; 2], [i64; 2]);

/// What the thread of a window says that is ended under it. Xlib ends the program by itself where the display is gone,
/// and asks nobody: the end of the thread is all that is heard of it.
struct LastWords(Cell<Option<&'static str>>);

impl Drop for LastWords {
    fn drop(&mut self) {
        if let Some(words) = self.0.take() {
            // Nothing can be done if even stderr is gone.
            drop(writeln!(io::stderr(), "implicit-bias-lab: {words}"));
        }
    }
}

thread_local! {
    static LAST_WORDS: LastWords = const { LastWords(Cell::new(None)) };
}

/// What to say if this thread ends; nothing once it is about to end as it should.
pub(super) fn say_at_end(words: Option<&'static str>) {
    LAST_WORDS.with(|last| last.0.set(words));
}

/// Brings back a window that was last on a screen which is gone.
pub(super) fn bring_back(window: &Window) {
    let Ok(corner) = window.outer_position() else {
        return;
    };
    let size = window.outer_size();
    let monitors = window.available_monitors().map(|monitor| {
        let (corner, size) = (monitor.position(), monitor.size());
        (
            [corner.x, corner.y].map(i64::from),
            [size.width, size.height].map(i64::from),
        )
    });
    let monitors: Vec<Area> = monitors.collect();
    let own = (
        [corner.x, corner.y].map(i64::from),
        [size.width, size.height].map(i64::from),
    );
    if let Some([x, y]) = found(own, &monitors) {
        window.set_outer_position(PhysicalPosition::new(x as i32, y as i32));
    }
}

/// Where to put a window of which too little is on any screen: into the middle of the first, or to its
/// corner if it is larger.
fn found(window: Area, monitors: &[Area]) -> Option<[i64; 2]> {
    let (corner, size) = window;
    let edge = (corner, [size[0], HANDLE[1]]);
    let shown = |axis: usize, monitor: &Area| {
        let from = edge.0[axis].max(monitor.0[axis]);
        let to = (edge.0[axis] + edge.1[axis]).min(monitor.0[axis] + monitor.1[axis]);
        to - from
    };
    let is_enough =
        |monitor: &Area| (0..2).all(|axis| shown(axis, monitor) >= HANDLE[axis].min(edge.1[axis]));
    let (first, room) = monitors.first()?;
    if monitors.iter().any(is_enough) {
        return None;
    }
    let middle = |axis: usize| first[axis] + ((room[axis] - size[axis]) / 2).max(0);
    Some([middle(0), middle(1)])
}

/// Elsewhere than on Linux there is no choice, or nobody has tried it.
#[cfg(not(target_os = "linux"))]
pub(super) fn choose(_builder: &mut EventLoopBuilder<UserEvent>) {}

/// Takes X11 where Wayland is promised and nobody answers: a variable that was left over from another session, or
/// came along into a container.
#[cfg(target_os = "linux")]
pub(super) fn choose(builder: &mut EventLoopBuilder<UserEvent>) {
    use winit::platform::x11::EventLoopBuilderExtX11 as _;

    if is_stale(|name| std::env::var_os(name)) {
        builder.with_x11();
    }
}

/// Whether these variables name a Wayland display that does not answer, beside an X11 one.
#[cfg(target_os = "linux")]
fn is_stale(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let Some(socket) = set("WAYLAND_DISPLAY") else {
        return false;
    };
    if set("WAYLAND_SOCKET").is_some() || set("DISPLAY").is_none() {
        return false;
    }
    let folder = set("XDG_RUNTIME_DIR").map(PathBuf::from);
    // An absolute name stands for itself.
    let socket = folder.unwrap_or_default().join(socket);
    UnixStream::connect(socket).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn x11_is_taken_where_wayland_is_promised_and_does_not_answer() {
        let folder = tempfile::tempdir().unwrap();
        let alive = std::os::unix::net::UnixListener::bind(folder.path().join("wayland-0"));
        let alive = alive.unwrap();
        let runtime = folder.path().to_str().unwrap();
        let absolute = folder.path().join("wayland-0");
        let absolute = absolute.to_str().unwrap();
        for (variables, expected) in [
            (&[("DISPLAY", ":0")][..], false),
            (&[("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "")], false),
            (
                &[("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "wayland-0")],
                false,
            ),
            (&[("DISPLAY", ":0"), ("WAYLAND_DISPLAY", absolute)], false),
            (&[("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "wayland-7")], true),
            (&[("WAYLAND_DISPLAY", "wayland-7")], false),
        ] {
            let set = |name: &str| {
                if name == "XDG_RUNTIME_DIR" {
                    return Some(OsString::from(runtime));
                }
                let mut own = variables.iter();
                let own = own.find(|(variable, _)| *variable == name);
                own.map(|(_, value)| OsString::from(value))
            };
            assert_eq!(is_stale(set), expected, "{variables:?}");
        }
        drop(alive);
    }

    #[test]
    fn a_window_is_brought_back_only_if_it_cannot_be_found() {
        let screen = ([0, 0], [1920, 1080]);
        let second = ([1920, -200], [1280, 1024]);
        let window = |x, y| ([x, y], [1440, 900]);
        for (window, monitors, expected) in [
            (window(100, 50), &[screen][..], None),
            // A corner of it can be taken hold of.
            (window(-1300, 1000), &[screen], None),
            (window(1800, 900), &[screen], None),
            (window(2400, 100), &[screen], Some([240, 90])),
            (window(2400, 100), &[screen, second], None),
            (window(100, -900), &[screen], Some([240, 90])),
            (window(-32000, -32000), &[screen, second], Some([240, 90])),
            // Larger than the screen.
            (([5000, 0], [4000, 3000]), &[screen], Some([0, 0])),
            (window(9999, 0), &[], None),
        ] {
            assert_eq!(found(window, monitors), expected, "{window:?}");
        }
    }
}
