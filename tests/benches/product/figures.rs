//! Durations, and the lines they are printed in.

use std::time::{Duration, Instant};

/// What one thing took, each time.
#[derive(Default)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// Does something once and adds what it took. What failed took no time worth knowing.
    pub async fn time<T>(&mut self, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        let start = Instant::now();
        let done = work.await?;
        self.0.push(start.elapsed());
        Ok(done)
    }

    /// Adds one.
    pub fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// Adds those of another.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Half of them took no longer.
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// The shortest time that `percent` of them did not exceed (nearest rank); zero if there are none.
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// Prints one line: name, median and, where there are enough of them to tell, the 99th percentile.
    pub fn print(&self, name: &str) {
        self.print_with(name, "");
    }

    /// The same, with something said at the end.
    pub fn print_with(&self, name: &str, remark: &str) {
        let p99 = if self.0.len() < 100 {
            String::new()
        } else {
            format!("p99 {}", in_ms(self.percentile(99)))
        };
        let line = format!("  {name:<58} p50 {}  {p99:<15}  {remark}", in_ms(self.median()));
        println!("{}", line.trim_end());
    }
}

/// Prints the head of a benchmark.
pub fn head(name: &str, target: &str) {
    println!("\n{name}\n  target: {target}");
}

fn in_ms(time: Duration) -> String {
    format!("{:8.3} ms", time.as_secs_f64() * 1000.0)
}
