//! What the operator set once: a file, then the environment, then the command line.
//!
//! The file is `$XDG_CONFIG_HOME/callab-console/config.toml`. Nothing in it makes the console change things: that is said each
//! time with `--write`.

mod default;
mod error;
mod file;
mod settings;
mod signs;

pub use default::default_file;
pub use error::ConfigError;
pub use file::{File, path, read};
pub use settings::Settings;
pub use signs::Signs;
