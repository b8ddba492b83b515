//! What a run does: events in, parts of the file out, until the end of either the events or the time.

use std::time::Duration;

use activity_log_control::Accounts as _;
use activity_log_core::instant::{DAY, Instant};
use activity_log_core::read::{Range, ReadLimits, Stream};
use activity_log_core::reports::{
    ATTEMPTS, Delivery, Failure, LIFETIME_MS, PluginUse, Report, State,
};
use activity_log_plugin::Budget;
use activity_log_report::Settings;
use activity_log_reporting::{Build, Checkpoint, Filter, Plan, plugin_did_not_start, too_large};

use super::kept::{Content, Kept};
use super::saving::Saved;
use super::upload::Upload;
use super::{Ended, Run, Stop, given_up};
use crate::app::Ports;
use crate::plugins;

/// Most time that a report's plugin may take in all, in however many runs.
const PLUGIN_TIME: Duration = Duration::from_hours(1);
/// How much of a workbook is compressed and uploaded in a millisecond at the least, on one processor.
const FINISHED_BYTES_A_MS: u64 = 40_000;

impl<P: Ports> Run<'_, P> {
    /// Builds, from the checkpoint where there is one.
    pub(super) async fn go(&mut self) -> Result<Ended, Stop> {
        if self.report().attempts > ATTEMPTS {
            return Err(Stop::Failed(given_up()));
        }
        let Some(kept) = self.old_kept() else {
            return self.build(None).await;
        };
        let resumed = match kept
            .read(self.app.ports.files(), self.app.sizes.part_bytes)
            .await?
        {
            Some(content) => self.build(Some(content)).await,
            None => Err(Stop::Lost),
        };
        match resumed {
            Err(Stop::Lost) => {
                let (account, id) = (self.report().account, self.report().id);
                tracing::warn!(account = %account, report = %id, "its checkpoint is lost: from the start");
                self.build(None).await
            }
            resumed => resumed,
        }
    }

    async fn build(&mut self, kept: Option<Content>) -> Result<Ended, Stop> {
        let report = self.report().clone();
        let format = report.request.format;
        let settings = self.settings(&report);
        let checkpoint = kept.as_ref().map(|kept| kept.checkpoint.clone());
        let (mut build, horizon) = self.start(&report, checkpoint.as_ref(), &settings).await?;
        let files = self.app.ports.files();
        let (key, part_bytes) = (report.object_key(), settings.part_bytes);
        let mut upload = Upload::new(files, key, format.content_type(), part_bytes, kept);
        let outcome = self.events(&report, &mut build, &mut upload, horizon).await;
        let stop = match outcome {
            Ok(true) => match self.finish(build, &mut upload).await {
                Ok(state) => return Ok(Ended::Ready(state)),
                Err(stop) => stop,
            },
            Ok(false) if format.delivery() == Delivery::AtTheEnd => {
                Stop::Failed(no_time(&report, build.progress().percent))
            }
            Ok(false) => match self.suspend(build, &mut upload).await {
                Ok(()) => return Ok(Ended::Suspended),
                Err(stop) => stop,
            },
            Err(stop) => stop,
        };
        // What an earlier run has begun may be another's by now: see `discard`.
        upload.give_up_own().await;
        Err(stop)
    }

    /// Reads events until there are no more (true) or no time is left. At least one step is taken, so that a report
    /// gets on however short the time.
    async fn events(
        &mut self,
        report: &Report,
        build: &mut Build,
        upload: &mut Upload<'_, P::Files>,
        horizon: Instant,
    ) -> Result<bool, Stop> {
        let query = report.request.query();
        let range = Range {
            horizon,
            ..build.range(report.created)
        };
        let rows = self.app.sizes.batch_rows;
        let events = self.app.ports.events();
        let mut stream = Stream::within(
            ReadLimits::default(),
            rows,
            events,
            report.account,
            &query,
            range,
        );
        loop {
            let step = stream.next().await?;
            let ended = build.take(&stream, step).await.map_err(Stop::of_build)?;
            while let Some(part) = build.take_part() {
                upload.push(part).await.map_err(Stop::of_upload)?;
                self.save(build).await?;
            }
            if ended {
                // What was read to its end is finished; of a workbook most is still to be done then.
                let is_whole = report.request.format.delivery() == Delivery::InParts;
                return Ok(is_whole || !self.is_late(build));
            }
            self.save(build).await?;
            if self.is_late(build) {
                return Ok(false);
            }
        }
    }

    /// Whether it is time to stop, if the file is still to be finished.
    fn is_late(&self, build: &Build) -> bool {
        let finishing = build.waiting_bytes() / FINISHED_BYTES_A_MS;
        let finishing = i64::try_from(finishing).unwrap_or(i64::MAX);
        self.app.now() >= self.stop_at.plus_millis(-finishing)
    }

    /// The machine, with the plugin at work, and what is too old for the account.
    async fn start(
        &self,
        report: &Report,
        checkpoint: Option<&Checkpoint>,
        settings: &Settings,
    ) -> Result<(Build, Instant), Stop> {
        let account = self.app.ports.accounts().account(report.account).await?;
        let Some(account) = account else {
            return Err(Stop::Failed(Failure::new(
                "Internal",
                "The account is no more.",
            )));
        };
        let days = account.retention_days(self.app.retention_days);
        // Of the time of the request, so that a report is the same however long it takes.
        let horizon = report.created.plus_millis(-i64::from(days) * DAY);
        let filter = match &report.request.plugin {
            None => None,
            Some(asked) => Some(self.plugin(report, asked, checkpoint).await?),
        };
        let plan = Plan {
            request: &report.request,
            filter,
            settings,
            horizon,
            most_bytes: self.app.sizes.report_bytes,
        };
        let build = match checkpoint {
            None => Build::start(plan),
            Some(checkpoint) => Build::resume(plan, checkpoint),
        };
        Ok((build.map_err(Stop::of_build)?, horizon))
    }

    async fn plugin(
        &self,
        report: &Report,
        asked: &PluginUse,
        checkpoint: Option<&Checkpoint>,
    ) -> Result<Filter, Stop> {
        let plugin = plugins::load(self.app, report, asked).await;
        let plugin = plugin.map_err(Stop::of_plugin)?;
        let budget = Budget {
            time: PLUGIN_TIME,
            fuel: asked.fuel,
        };
        let filter = match checkpoint {
            None => Filter::start(&plugin, asked, budget),
            Some(checkpoint) => Filter::resume(&plugin, asked, budget, checkpoint.spent()),
        };
        filter.map_err(|error| {
            Stop::of_build(plugin_did_not_start(&asked.name, &asked.version, error))
        })
    }

    fn settings(&self, report: &Report) -> Settings {
        Settings {
            part_bytes: self.app.sizes.part_bytes,
            disk_bytes: self.app.sizes.disk_bytes,
            created: report.created,
            ..Settings::default()
        }
    }

    async fn finish(
        &mut self,
        build: Build,
        upload: &mut Upload<'_, P::Files>,
    ) -> Result<State, Stop> {
        let (progress, warnings) = (build.progress(), build.warnings());
        let mut finished = build.finish().map_err(Stop::of_build)?;
        while let Some(part) = finished.rest.next_part(self.app.sizes.part_bytes)? {
            upload.push(part).await.map_err(Stop::of_upload)?;
            self.saver
                .keep_on(progress)
                .await
                .and_then(Saved::or_gone)?;
        }
        upload.finish().await.map_err(Stop::of_upload)?;
        self.saver.set_last(progress, warnings);
        let now = self.app.now();
        Ok(State::Ready {
            finished: now,
            expires: now.plus_millis(LIFETIME_MS),
            size_bytes: finished.bytes,
            cut_cells: finished.cut_cells,
        })
    }

    /// Keeps the place and lets the report go.
    async fn suspend(
        &mut self,
        build: Build,
        upload: &mut Upload<'_, P::Files>,
    ) -> Result<(), Stop> {
        let old = self.old_kept();
        let (tail, checkpoint) = build.suspend().map_err(Stop::of_build)?;
        let progress = checkpoint.progress;
        let content = upload.keep(tail, checkpoint);
        let report = self.report();
        let key = format!("tails/{}/{}-{}", report.account, report.id, report.revision);
        let kept = Kept::write(self.app.ports.files(), key, &content).await?;
        let saved = self.saver.suspend(progress, kept.to_text()?).await;
        match saved {
            Ok(Saved::Yes) => {
                self.forget(old).await;
                Ok(())
            }
            not_saved => {
                self.forget(Some(kept)).await;
                not_saved.and_then(Saved::or_gone)
            }
        }
    }

    async fn save(&mut self, build: &Build) -> Result<(), Stop> {
        self.saver
            .keep_on(build.progress())
            .await
            .and_then(Saved::or_gone)
    }
}

fn no_time(report: &Report, percent: u8) -> Failure {
    too_large(format!(
        "A report in {} has to be built in one go, within about a quarter of an hour; this one was {percent} percent of the way through its time by then. Choose CSV, or a shorter time.",
        report.request.format
    ))
}
