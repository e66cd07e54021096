//! The layers that settings come from: the defaults, a file, the environment. The later ones win, setting by setting.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use config::{ConfigError, Environment, File, FileFormat, Source, Value, ValueKind};

use super::{Exposed, WrongSetting};

/// Every setting with its default, unit and effect.
pub const DEFAULTS: &str = include_str!("../../../config.default.toml");

/// Settings by their dotted names, such as `http.listen`.
pub(super) type Flat = BTreeMap<String, Value>;

/// The settings of all layers put together, and what of the file's others may read. Names that the defaults do not have are wrong
/// settings.
pub(super) fn merge(
    file: Option<&Path>,
    environment: HashMap<String, String>,
    wrong: &mut Vec<WrongSetting>,
) -> Result<(Flat, Option<Exposed>), ConfigError> {
    let mut merged = flatten(File::from_str(DEFAULTS, FileFormat::Toml).collect()?);
    let mut put_over = |layer: Flat, from: &str| {
        for (name, value) in layer {
            if let Some(known) = merged.get_mut(&name) {
                *known = value;
            } else {
                let why = format!("there is no such setting (from {from})");
                wrong.push(WrongSetting::new(&name, &why));
            }
        }
    };
    let mut exposed = None;
    if let Some(path) = file {
        let layer = flatten(File::from(path).format(FileFormat::Toml).collect()?);
        exposed = Exposed::of(path, &layer);
        put_over(layer, &path.display().to_string());
    }
    let environment = Environment::with_prefix("CALLAB")
        .prefix_separator("__")
        .separator("__")
        .source(Some(environment));
    put_over(environment.collect()?.into_iter().collect(), "the environment");
    wrong.extend(exposed.as_ref().and_then(Exposed::wrong));
    Ok((merged, exposed))
}

fn flatten(table: config::Map<String, Value>) -> Flat {
    let mut flat = Flat::new();
    flatten_into(&mut flat, "", table);
    flat
}

fn flatten_into(flat: &mut Flat, prefix: &str, table: config::Map<String, Value>) {
    for (key, value) in table {
        let name = format!("{prefix}{key}");
        match value.kind {
            ValueKind::Table(inner) => flatten_into(flat, &format!("{name}."), inner),
            _ => {
                flat.insert(name, value);
            }
        }
    }
}
