//! How calls sounded: Voice Insights, for accounts that have it. It is never switched on from here: the customer would pay for it.

use ::entity::call;
use ::entity::call_quality::{CallQuality, StreamQuality};
use ::entity::{CallId, twilio_account};
use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use sea_orm::ActiveValue::{self, Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use twilio::{CallEdge, CallSid, CallSummary, Credentials, ProcessingState, StreamMetrics, TwilioError};

use crate::Services;

/// A summary is final about so long after a call's end.
const FINAL_AFTER: TimeDelta = TimeDelta::minutes(30);

/// A summary that has not come by then is not asked for any more.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::hours(24);

/// How many summaries one reading asks for, the oldest first.
const AT_ONCE: u64 = 100;

/// How many requests are under way at the same time.
const SIDE_BY_SIDE: usize = 4;

/// Asks for the summaries of calls that ended a while ago. Answers how many were kept; none where the account has no Insights. What
/// Twilio does not tell now is asked at the next reading.
///
/// # Errors
/// When the database fails.
pub(super) async fn read(
    services: &Services,
    account: &twilio_account::Model,
    who: &Credentials,
) -> Result<Option<usize>, DbErr> {
    let due = due(services, account).await?;
    if due.is_empty() || !has_insights(services, who).await {
        return Ok(None);
    }
    let answers = stream::iter(due)
        .map(async |(id, sid)| {
            let sid = CallSid::parse(&sid).ok()?;
            let asked = services.twilio.fetch_call_summary(who, &sid).await;
            Some((id, asked))
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .filter_map(async |asked| asked)
        .collect::<Vec<_>>()
        .await;
    let mut kept = 0;
    let tx = services.begin().await?;
    for (id, asked) in answers {
        let (quality, is_final) = match asked {
            Ok(summary) => {
                let quality = quality_of(&summary);
                let is_final = !quality.is_partial;
                (Some(quality), is_final)
            }
            Err(TwilioError::NotFound { .. }) => continue, // There is nothing to tell yet.
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "no summary of call {id}");
                continue;
            }
        };
        kept += 1;
        let row = call::ActiveModel {
            id: Unchanged(id),
            quality: Set(quality),
            quality_at: if is_final {
                Set(Some(tx.at()))
            } else {
                ActiveValue::default()
            },
            ..Default::default()
        };
        row.update(tx.db()).await?;
    }
    tx.commit().await?;
    Ok(Some(kept))
}

async fn has_insights(services: &Services, who: &Credentials) -> bool {
    match services.twilio.fetch_insights_settings(who).await {
        Ok(settings) => settings.advanced_features == Some(true),
        Err(error) => {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "no settings of Voice Insights"
            );
            false
        }
    }
}

async fn due(services: &Services, account: &twilio_account::Model) -> Result<Vec<(CallId, String)>, DbErr> {
    let now = services.clock.now();
    let column = call::COLUMN;
    call::Entity::find()
        .select_only()
        .columns([call::Column::Id, call::Column::Sid])
        .filter(column.twilio_account_id.eq(account.id))
        .filter(column.started_at.gt(now - GIVEN_UP_AFTER * 2))
        .filter(column.ended_at.gt(now - GIVEN_UP_AFTER))
        .filter(column.ended_at.lte(now - FINAL_AFTER))
        .filter(column.quality_at.is_null())
        .order_by_asc(column.started_at)
        .limit(AT_ONCE)
        .into_tuple()
        .all(&services.db)
        .await
}

fn quality_of(summary: &CallSummary) -> CallQuality {
    let properties = summary.properties.as_ref();
    let edges = [
        ("carrier", &summary.carrier_edge),
        ("sip", &summary.sip_edge),
        ("client", &summary.client_edge),
        ("sdk", &summary.sdk_edge),
    ];
    let streams = edges
        .into_iter()
        .filter_map(|(name, edge)| Some((name, edge.as_ref()?)))
        .flat_map(|(name, edge)| streams_of(name, edge))
        .collect();
    CallQuality {
        is_partial: summary.processing_state != Some(ProcessingState::Complete),
        tags: summary.tags.clone(),
        disconnected_by: properties
            .and_then(|properties| properties.disconnected_by.as_ref())
            .map(|who| who.as_str().to_owned()),
        post_dial_delay_ms: properties.and_then(|properties| properties.pdd_ms),
        streams,
    }
}

fn streams_of(edge_name: &str, edge: &CallEdge) -> Vec<StreamQuality> {
    let Some(metrics) = &edge.metrics else {
        return Vec::new();
    };
    let directions = [("inbound", &metrics.inbound), ("outbound", &metrics.outbound)];
    let measured = directions
        .into_iter()
        .filter_map(|(name, of)| Some((name, of.as_ref()?)));
    measured.map(|(name, of)| stream_of(edge_name, name, of)).collect()
}

fn stream_of(edge: &str, direction: &str, of: &StreamMetrics) -> StreamQuality {
    let jitter = of.jitter_ms.as_ref();
    StreamQuality {
        edge: edge.to_owned(),
        direction: direction.to_owned(),
        codec: of.codec_name.clone(),
        jitter_avg_ms: jitter.and_then(|jitter| jitter.avg),
        jitter_max_ms: jitter.and_then(|jitter| jitter.max),
        packet_loss_percent: of.packet_loss_percent,
        latency_avg_ms: of.latency_ms.as_ref().and_then(|latency| latency.avg),
    }
}
