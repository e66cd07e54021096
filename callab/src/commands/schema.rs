//! `callab schema`: prints the GraphQL schema.

use std::io::Write;

pub(super) fn run() -> anyhow::Result<()> {
    write!(std::io::stdout(), "{}", api::sdl())?;
    Ok(())
}
