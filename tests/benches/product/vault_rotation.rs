//! A new master key: how long sealing 10,000 workspaces' keys to it takes, and whether a hundred reads a second notice.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use callab_tests::TestApp;
use callab_tests::sealed::{open_anew, tokens};
use domain::audit::Operator;
use domain::master_keys::rotate;
use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;
use vault::{FRESH_FOR, KeySource, MasterKeys, Vault};

use crate::figures::{Samples, head};

const WORKSPACES: usize = 10_000;
const READ_EVERY: Duration = Duration::from_millis(10);

pub async fn run() -> anyhow::Result<()> {
    head(
        "vault: 10,000 workspaces' keys sealed to a new master key, 100 tokens a second opened meanwhile",
        "no read fails",
    );
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("master.key");
    let old = MasterKeys::generate_file(&path)?;
    let source = KeySource::File(path.clone());
    let product = Arc::new(Vault::open(source.clone())?);
    let app = TestApp::start_with(|services| services.vault = product).await;
    let sealed = tokens(&app.services, WORKSPACES).await?;

    let mut floor = Samples::default();
    let alone = Vault::new(MasterKeys::generate());
    for _ in 0..1000 {
        let begun = Instant::now();
        let (sealed, _) = alone.new_workspace_key("row")?;
        alone.open_workspace_key("row", &sealed)?;
        floor.push(begun.elapsed());
    }
    floor.print("floor: one key sealed and opened, without a database");

    let text = [
        MasterKeys::generate().to_text().expose_secret(),
        old.to_text().expose_secret(),
    ]
    .concat();
    fs::write(&path, text)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    tokio::time::sleep(FRESH_FOR).await;
    let operators = Arc::new(Vault::open(source)?);
    let (over, failed) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
    let reading = {
        let (services, over, failed) = (app.services.clone(), over.clone(), failed.clone());
        tokio::spawn(async move {
            let (mut took, mut due) = (Samples::default(), tokio::time::interval(READ_EVERY));
            for token in sealed.iter().cycle().step_by(37) {
                if over.is_cancelled() {
                    break;
                }
                due.tick().await;
                let begun = Instant::now();
                if open_anew(&services, token).await.is_err() {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
                took.push(begun.elapsed());
            }
            took
        })
    };
    let operator = Operator {
        name: "olga".to_owned(),
        request_id: "a rotation".to_owned(),
    };
    let begun = Instant::now();
    let done = rotate(
        (&app.services.db, &operators),
        (app.services.clock.as_ref(), app.services.ids.as_ref()),
        &operator,
        |_| {},
    )
    .await?;
    let took = begun.elapsed();
    over.cancel();
    let reads = reading.await?;
    reads.print("opened meanwhile");
    println!(
        "  {} sealed anew in {:.1} s, {} set aside; {} reads failed",
        done.resealed,
        took.as_secs_f64(),
        done.set_aside,
        failed.load(Ordering::Relaxed)
    );
    let failed = failed.load(Ordering::Relaxed);
    ensure!(failed == 0, "{failed} reads failed");
    ensure!(done.set_aside == 0, "{} were set aside", done.set_aside);
    Ok(())
}
