//! Which master keys are in use.

use std::collections::HashMap;

use ::entity::workspace_key::SetAside;
use ::entity::{WorkspaceId, workspace_key};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use vault::{KeyName, Vault};

/// Where a master key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The first of the keys at hand: new keys are sealed to it.
    Current,
    /// At hand, behind the first: it only opens.
    Earlier,
    /// Not at hand: nothing sealed to it can be opened.
    Missing,
}

/// A master key, and how much depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterKey {
    /// Its public name.
    pub name: KeyName,
    /// Where it stands.
    pub place: Place,
    /// How many workspaces' keys are sealed to it, without those that it could not open.
    pub workspaces: u64,
}

/// A workspace's key that could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySetAside {
    /// Whose.
    pub workspace: WorkspaceId,
    /// The master key that it names.
    pub master_key: KeyName,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why.
    pub because: SetAside,
}

/// The master keys at hand and in use, and the rows that were set aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InUse {
    /// The keys at hand, newest first, then those that rows name and that are not at hand.
    pub keys: Vec<MasterKey>,
    /// What could not be opened when it was last tried.
    pub set_aside: Vec<KeySetAside>,
}

impl InUse {
    /// The keys behind the first that nothing is sealed to any more.
    pub fn unneeded(&self) -> impl Iterator<Item = &MasterKey> {
        let earlier = self.keys.iter().filter(|key| key.place == Place::Earlier);
        earlier.filter(|key| key.workspaces == 0)
    }

    /// The keys that rows need and that are not at hand.
    pub fn missing(&self) -> impl Iterator<Item = &MasterKey> {
        let missing = self.keys.iter().filter(|key| key.place == Place::Missing);
        missing.filter(|key| key.workspaces > 0)
    }

    /// Whether everything can be opened, as far as names tell.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.set_aside.is_empty() && self.missing().next().is_none()
    }
}

/// Counts what is sealed to which master key. Opens nothing.
///
/// # Errors
/// When the database fails.
pub async fn in_use(db: &impl ConnectionTrait, vault: &Vault) -> Result<InUse, DbErr> {
    let column = workspace_key::COLUMN;
    // A row that its own key could not open needs that key no more. One whose key was away needs it still.
    let counted: Vec<(String, i64)> = workspace_key::Entity::find()
        .select_only()
        .column(workspace_key::Column::MasterKey)
        .column_as(column.workspace_id.count(), "workspaces")
        .filter(
            column
                .set_aside_because
                .is_null()
                .or(column.set_aside_because.eq(SetAside::UnknownKey)),
        )
        .group_by(workspace_key::Column::MasterKey)
        .into_tuple()
        .all(db)
        .await?;
    let mut counted: HashMap<String, u64> = counted
        .into_iter()
        .map(|(name, workspaces)| (name, u64::try_from(workspaces).unwrap_or_default()))
        .collect();
    let mut keys = Vec::new();
    for (index, name) in vault.key_names().into_iter().enumerate() {
        let workspaces = counted.remove(name.as_str()).unwrap_or_default();
        let place = if index == 0 { Place::Current } else { Place::Earlier };
        keys.push(MasterKey {
            name,
            place,
            workspaces,
        });
    }
    let mut missing: Vec<MasterKey> = counted
        .into_iter()
        .map(|(name, workspaces)| MasterKey {
            name: KeyName::from(name),
            place: Place::Missing,
            workspaces,
        })
        .collect();
    missing.sort_by(|one, other| one.name.cmp(&other.name));
    keys.extend(missing);
    let rows = workspace_key::Entity::find()
        .filter(column.set_aside_at.is_not_null())
        .order_by_asc(column.workspace_id)
        .all(db)
        .await?;
    let set_aside = rows.into_iter().filter_map(|row| {
        Some(KeySetAside {
            workspace: row.workspace_id,
            master_key: KeyName::from(row.master_key),
            since: row.set_aside_at?,
            because: row.set_aside_because?,
        })
    });
    Ok(InUse {
        keys,
        set_aside: set_aside.collect(),
    })
}
