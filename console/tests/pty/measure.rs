//! What the program costs: bytes and frames to the terminal, processor time and memory.

use std::fs;

use super::Terminal;

/// What begins a frame.
const FRAME: &[u8] = b"\x1b[?2026h";

/// The clock in which Linux counts processor time, in ticks a second.
const TICKS: f64 = 100.0;

/// What was spent so far.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// Bytes to the terminal.
    pub bytes: usize,
    /// Frames that were drawn.
    pub frames: usize,
    /// Seconds of processor time.
    pub seconds: f64,
}

impl Terminal {
    /// What the program spent until now.
    pub fn spent(&self) -> Spent {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process())).expect("Linux");
        // The second field, in brackets, may hold blanks; user and system time are the 14th and 15th.
        let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
        let ticks: u32 = fields[11..13]
            .iter()
            .map(|ticks| ticks.parse::<u32>().expect("ticks"))
            .sum();
        Spent {
            bytes: self.bytes().len(),
            frames: self.frames(),
            seconds: f64::from(ticks) / TICKS,
        }
    }

    /// How many frames were drawn.
    pub fn frames(&self) -> usize {
        self.bytes()
            .windows(FRAME.len())
            .filter(|bytes| *bytes == FRAME)
            .count()
    }

    /// Memory that it holds, in megabytes.
    pub fn megabytes(&self) -> f64 {
        let statm = fs::read_to_string(format!("/proc/{}/statm", self.process())).expect("Linux");
        let pages: u32 = statm.split_whitespace().nth(1).expect("pages").parse().expect("pages");
        f64::from(pages) * 4096.0 / 1e6
    }
}
