//! `config --print-default`: every setting with its default, to begin a file with.

use std::fmt::Write;

use super::Signs;
use crate::action::Action;
use crate::state::connection::Connection;
use crate::state::health::Health;
use crate::state::table::Row;

/// The general part. Keys, signs and views follow, made from what the program knows.
const HEAD: &str = r#"# callab-console, its defaults. Put what you change into $XDG_CONFIG_HOME/callab-console/config.toml
# (without the variable: ~/.config/callab-console/config.toml). Command line and environment win over this file.
# That keys may change things cannot be set here: start with --write.

# The API's address; also --url, CALLAB_URL.
# url = "https://byot.callab.example/graphql"

# The colours: auto (asks the terminal once), dark, light, neutral (reads on both), mono.
theme = "auto"

# When to use colours: auto, never. NO_COLOR in the environment means never.
color = "auto"

# Signs, frames and sparklines in ASCII. On by itself where the locale is not UTF-8.
ascii = false

# One frame a second at most, for slow lines.
slow = false

# The web app's page of a connection, which `o` hands to the clipboard; {account} stands for the connection's id.
# dashboard = "https://app.callab.example/twilio/{account}"

# What an installation is called, by its host: the word in the header. PROD stands out; a host without a word stands there itself.
# [environments]
# "byot.callab.example" = "PROD"
# "byot.staging.callab.example" = "STAGING"

# What the keys do. One key or several; a key that two actions want is refused at the start.
[keys]
"#;

/// A file with every setting at its default. Keys, signs and views stand in it as comments, so that a file made from it does not
/// hold on to keys of today when a release moves them.
#[must_use]
pub fn default_file() -> String {
    let mut text = HEAD.to_owned();
    for action in Action::ALL {
        let keys: Vec<String> = action.default_keys().iter().map(|key| format!("{key:?}")).collect();
        let _ = writeln!(
            text,
            "# {} = [{}]  # {}",
            action.name(),
            keys.join(", "),
            action.title()
        );
    }
    text.push_str("\n# The signs: one character, one column wide, no two states alike. They count with and without `ascii`.\n[signs]\n");
    for name in Signs::names() {
        let known = Health::ALL.iter().find(|health| health.name() == name);
        let sign = known.map_or("◌", |health| health.sign(false));
        let _ = writeln!(text, "# {name} = \"{sign}\"");
    }
    let _ = write!(
        text,
        "\n# Saved views: what the Overview shows. Orders: {}.\n# [views.mine]\n# filter = \"health:fail,degr customer:acme\"\n\
         # sort = \"{}\"\n# problems_only = false\n",
        Connection::SORTS.join(" | "),
        Connection::SORTS[0]
    );
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use super::super::file::parse;
    use super::super::{File, Settings};
    use super::*;
    use crate::cli::Cli;

    #[test]
    fn the_default_file_says_the_default() {
        let read = |text: &str| parse(Path::new("config.toml"), text).unwrap();
        let settings = |file| Settings::of(&Cli::parse_from(["callab-console"]), file);
        assert_eq!(settings(read(&default_file())), settings(File::default()));
        // What stands in it as a comment says the default as well.
        let uncommented: String = default_file()
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest)
                    if rest.starts_with('[') || rest.split_once(" = ").is_some_and(|(name, _)| !name.contains(' ')) =>
                {
                    rest
                }
                _ => line,
            })
            .fold(String::new(), |all, line| all + line + "\n");
        let file = read(&uncommented);
        assert_eq!(file.keymap, File::default().keymap);
        assert_eq!(file.views.len(), 1);
        for health in Health::ALL {
            assert_eq!(file.signs.health(&health, false), health.sign(false));
        }
    }
}
