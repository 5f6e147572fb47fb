//! The real program in a pseudo-terminal, under a shell that says afterwards how the terminal was left.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::MouseProtocolMode;

/// Patience for a busy machine; nothing is asserted about how long anything takes.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

/// A terminal, what runs in it, and what it shows.
pub struct Session {
    pub child: Box<dyn Child + Send + Sync>,
    pub master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    pub screen: Arc<Mutex<vt100::Parser>>,
}

impl Session {
    pub fn start(args: &[&str], columns: u16, rows: u16) -> Session {
        // A shell around it, so that the terminal's state afterwards can be asked for.
        let hadal = format!("'{}' {}", env!("CARGO_BIN_EXE_hadal"), args.join(" "));
        Session::script(&format!("{hadal}; echo \"ended $?\"; stty -a; read line"), columns, rows)
    }

    pub fn script(script: &str, columns: u16, rows: u16) -> Session {
        // Without an engine the sample is opened.
        Session::open("unix:///nonexistent", script, columns, rows)
    }

    /// The program on the engine at `url`.
    pub fn on(url: &str, columns: u16, rows: u16) -> Session {
        let script = format!("'{}'; echo \"ended $?\"; stty -a; read line", env!("CARGO_BIN_EXE_hadal"));
        Session::open(url, &script, columns, rows)
    }

    fn open(engine: &str, script: &str, columns: u16, rows: u16) -> Session {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-c", script]);
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        // Not the settings of whoever runs the tests.
        command.env("XDG_CONFIG_HOME", "/nonexistent");
        command.env("DOCKER_HOST", engine);
        command.env_remove("CONTAINER_HOST");
        let child = pair.slave.spawn_command(command).unwrap();
        let screen = Arc::new(Mutex::new(vt100::Parser::new(cells(rows), cells(columns), 0)));
        let (mut reader, parser) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&screen));
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 {
                    return;
                }
                parser.lock().unwrap().process(&buffer[..count]);
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Session { child, master: pair.master, writer, screen }
    }

    pub fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    pub fn wait_for(&self, wanted: &str) {
        self.wait_until(wanted, |text| text.contains(wanted));
    }

    pub fn wait_until(&self, what: &str, is: impl Fn(&str) -> bool) {
        let start = Instant::now();
        while !is(&self.text()) {
            assert!(start.elapsed() < PATIENCE, "no {what:?} on\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn mouse(&self) -> MouseProtocolMode {
        self.screen.lock().unwrap().screen().mouse_protocol_mode()
    }

    pub fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// The process id of the program itself, the shell's only child.
    pub fn program(&self) -> u32 {
        let shell = self.child.process_id().unwrap();
        let children = format!("/proc/{shell}/task/{shell}/children");
        let start = Instant::now();
        loop {
            let text = std::fs::read_to_string(&children).unwrap_or_default();
            if let Some(pid) = text.split_whitespace().next() {
                return pid.parse().unwrap();
            }
            assert!(start.elapsed() < PATIENCE, "the program did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn signal(&self, name: &str) {
        let status = std::process::Command::new("kill").args([name, &self.program().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// The shell is back on the main screen, with echo and line editing as before.
    pub fn assert_restored(&self, ended: &str) {
        self.wait_for(ended);
        self.wait_for("iexten");
        let screen = self.screen.lock().unwrap();
        let screen = screen.screen();
        let text = screen.contents();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        assert_eq!(screen.mouse_protocol_mode(), MouseProtocolMode::None, "the mouse is still taken");
        for flag in ["icanon", "echo", "isig"] {
            assert!(text.split_whitespace().any(|word| word == flag), "stty says no {flag}:\n{text}");
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
