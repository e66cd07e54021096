//! Makes the pictures of the README: the real program on a terminal of its own, against a running demo, as SVG.
//!
//! `just pictures`, with `just demo` in another terminal; `just pictures light 80 24` for another look.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use vt100::{Color, Parser, Screen};

/// How the program is looked at.
#[derive(Clone, Debug)]
struct Look {
    theme: String,
    columns: NonZeroU16,
    rows: NonZeroU16,
}

impl Look {
    /// What stands on the command line: a theme, columns and rows.
    fn from_arguments() -> Result<Self, Box<dyn Error>> {
        let mut arguments = std::env::args().skip(1);
        let theme = arguments.next().unwrap_or_else(|| "dark".to_owned());
        let mut size = |usual: &str| arguments.next().as_deref().unwrap_or(usual).parse::<NonZeroU16>();
        let (columns, rows) = (size("120")?, size("32")?);
        Ok(Self { theme, columns, rows })
    }

    fn parser(&self) -> Parser {
        Parser::new(self.rows, self.columns, 0)
    }

    /// The ground, and text without a colour.
    fn colours(&self) -> (&'static str, &'static str) {
        if self.theme == "light" {
            ("#ffffff", "#1e1e1e")
        } else {
            ("#1e1e1e", "#d4d4d4")
        }
    }
}

/// A column and a row of the picture, in pixels.
const CELL: (f64, f64) = (8.43, 18.0);

/// The pictures: a name, keys, and what is shown once they were taken in.
const PICTURES: [(&str, &str, &str); 3] = [
    ("console-overview", "", "9 of 9"),
    ("console-connection", "\r", "must act."),
    ("console-palette", ":nordw ver", "Verify again: Nordwind Reisen"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let demo = root.join("data/demo/demo.json");
    if !demo.exists() {
        return Err("no demo is running here: `just demo` in another terminal starts one".into());
    }
    // This example lies beside the program, in a folder of its own.
    let program = std::env::current_exe()?.with_file_name("../callab-console");
    let view = Look::from_arguments()?;
    let pictures = root.join("docs/pictures");
    std::fs::create_dir_all(&pictures)?;
    for (name, keys, shown) in PICTURES {
        let screen = look(&view, &program, &demo, keys, shown)?;
        std::fs::write(pictures.join(format!("{name}.svg")), svg(&view, screen.screen())?)?;
    }
    Ok(())
}

/// What the program shows after some keys.
fn look(view: &Look, program: &Path, demo: &PathBuf, keys: &str, shown: &str) -> Result<Parser, Box<dyn Error>> {
    let size = PtySize {
        rows: view.rows.get(),
        cols: view.columns.get(),
        pixel_width: 0,
        pixel_height: 0,
    };
    let pair = native_pty_system().openpty(size)?;
    let mut command = CommandBuilder::new(program);
    command.args(["--theme", &view.theme, "--demo"]);
    command.arg(demo);
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.env("LC_ALL", "C.UTF-8");
    let mut child = pair.slave.spawn_command(command)?;
    drop(pair.slave);
    let screen = Arc::new(Mutex::new(view.parser()));
    let (shared, mut output) = (screen.clone(), pair.master.try_clone_reader()?);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count) = output.read(&mut buffer) {
            if count == 0 {
                return;
            }
            shared.lock().expect("nobody panicked").process(&buffer[..count]);
        }
    });
    let text = || screen.lock().expect("nobody panicked").screen().contents();
    let wait_for = |wanted: &str| -> Result<(), Box<dyn Error>> {
        for _ in 0..200 {
            if text().contains(wanted) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(format!("`{wanted}` is not shown:\n{}", text()).into())
    };
    let mut input = pair.master.take_writer()?;
    wait_for("9 of 9")?;
    // The last hour of each connection is read a moment later.
    std::thread::sleep(Duration::from_secs(3));
    input.write_all(keys.as_bytes())?;
    input.flush()?;
    wait_for(shown)?;
    std::thread::sleep(Duration::from_secs(1));
    let mut taken = view.parser();
    let shown = screen.lock().expect("nobody panicked").screen().contents_formatted();
    taken.process(shown.as_bytes());
    child.kill()?;
    child.wait()?;
    Ok(taken)
}

/// The screen, run by run.
fn svg(view: &Look, screen: &Screen) -> Result<String, std::fmt::Error> {
    let (width, height) = (
        f64::from(view.columns.get()) * CELL.0 + 16.0,
        f64::from(view.rows.get()) * CELL.1 + 16.0,
    );
    let mut svg = String::new();
    let (ground, text) = view.colours();
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="{text}">"#
    )?;
    writeln!(svg, r#"<rect width="100%" height="100%" rx="6" fill="{ground}"/>"#)?;
    for row in 0..view.rows.get() {
        let mut column = 0;
        while column < view.columns.get() {
            let style = style(screen, row, column);
            let mut end = column + 1;
            while end < view.columns.get() && self::style(screen, row, end) == style {
                end += 1;
            }
            run(&mut svg, view, screen, row, (column, end), &style)?;
            column = end;
        }
    }
    writeln!(svg, "</svg>")?;
    Ok(svg)
}

/// The colour, and whether it is bold, underlined, reversed.
type Style = (Option<String>, bool, bool, bool);

fn style(screen: &Screen, row: u16, column: u16) -> Style {
    screen.cell(row, column).map_or((None, false, false, false), |cell| {
        let colour = match cell.fgcolor() {
            Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
            Color::Default | Color::Idx(_) => None,
        };
        (colour, cell.bold(), cell.underline(), cell.inverse())
    })
}

fn run(
    svg: &mut String,
    view: &Look,
    screen: &Screen,
    row: u16,
    (from, to): (u16, u16),
    style: &Style,
) -> std::fmt::Result {
    let cells = (from..to).filter_map(|column| screen.cell(row, column));
    let text: String = cells
        .map(|cell| if cell.has_contents() { cell.contents() } else { " " }.to_owned())
        .collect();
    let (colour, bold, underlined, reversed) = style;
    if text.trim().is_empty() && !reversed {
        return Ok(());
    }
    let (x, y) = (8.0 + f64::from(from) * CELL.0, 8.0 + f64::from(row) * CELL.1);
    let (ground, plain) = view.colours();
    let width = f64::from(to - from) * CELL.0;
    let colour = colour.as_deref().unwrap_or(plain);
    let fill = if *reversed {
        writeln!(
            svg,
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{}" fill="{colour}"/>"#,
            CELL.1
        )?;
        ground
    } else {
        colour
    };
    let weight = if *bold { r#" font-weight="bold""# } else { "" };
    let line = if *underlined {
        r#" text-decoration="underline""#
    } else {
        ""
    };
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    writeln!(
        svg,
        r#"<text x="{x:.1}" y="{:.1}" textLength="{width:.1}" xml:space="preserve" fill="{fill}"{weight}{line}>{text}</text>"#,
        y + 13.5
    )
}
