//! Where a chain ended at some moment, as it stands in the process log and is typed again.

use std::fmt;
use std::str::FromStr;

use ::entity::WorkspaceId;
use uuid::Uuid;

/// The end of a workspace's chain: `WORKSPACE:SEQ:MAC`, the mac in hexadecimal. No secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    /// Whose chain.
    pub workspace: WorkspaceId,
    /// The number of the last entry.
    pub seq: i64,
    /// What proves it.
    pub mac: Vec<u8>,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.workspace, self.seq, hex::encode(&self.mac))
    }
}

/// It is not `WORKSPACE:SEQ:MAC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a head is WORKSPACE:SEQ:MAC as in the process log: a UUID, a number from 1 on and 64 hexadecimal digits")]
pub struct NotAHead;

impl FromStr for Head {
    type Err = NotAHead;

    fn from_str(text: &str) -> Result<Self, NotAHead> {
        let mut parts = text.trim().split(':');
        let (Some(workspace), Some(seq), Some(mac), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotAHead);
        };
        let head = Self {
            workspace: WorkspaceId(Uuid::try_parse(workspace).map_err(|_| NotAHead)?),
            seq: seq.parse().map_err(|_| NotAHead)?,
            mac: hex::decode(mac).map_err(|_| NotAHead)?,
        };
        if head.seq < 1 || head.mac.len() != vault::TAG_BYTES {
            return Err(NotAHead);
        }
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_is_written() {
        let head = Head {
            workspace: WorkspaceId(Uuid::from_u128(7)),
            seq: 12,
            mac: vec![0xab; 32],
        };
        assert_eq!(head.to_string().parse(), Ok(head.clone()));
        let other = ["", "x:1:ab", "1:2", &format!("{head}:1"), &head.to_string()[..60]];
        for text in other {
            assert_eq!(text.parse::<Head>(), Err(NotAHead), "{text}");
        }
        assert_eq!(head.to_string().replace(":12:", ":0:").parse::<Head>(), Err(NotAHead));
    }
}
