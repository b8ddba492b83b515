//! Directories, their contents, and hours.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::stage::{Built, Kinds, Row, account, runs};
use crate::index::{Directory, HourCount, Run, contents, contents_key, hours, hours_ask};
use crate::pack::{FRAME_ROWS, ON_TIME_MS, PART_ROWS};

fn begins(id: &str) -> u32 {
    u32::from_be_bytes(id.as_bytes()[..4].try_into().unwrap())
}

/// Every row lies in the frame that is told, and within its bounds.
fn check_rows(built: &Built, runs: &[(Run, Vec<Vec<Row>>)]) {
    let mut number = 0;
    let mut directory = built.directory(0);
    for (run, parts) in runs {
        let on_time = run.slots.0.start().plus_millis(-ON_TIME_MS);
        for (row, of_run) in parts.iter().flatten().zip(0..) {
            if directory.frame_of(number).is_none() {
                directory = built.directory(number);
            }
            let frame = directory.frame_of(number).expect("a row lies in a frame");
            let asked = built.block.in_piece(number);
            assert!(
                directory.frame_of(asked).is_some(),
                "{number} is in a piece with {asked}"
            );
            assert_eq!(frame.run, run.id);
            assert_eq!(frame.part, of_run / PART_ROWS);
            assert_eq!(u32::from(frame.frame), of_run % PART_ROWS / FRAME_ROWS);
            assert_eq!(number - frame.first, of_run % FRAME_ROWS);
            let place = u8::try_from(number - frame.first).unwrap();
            if let Some((_, time)) = frame.late.iter().find(|(row, _)| *row == place) {
                assert_eq!(*time, row.time);
                assert!(*time < on_time);
            } else {
                assert!((frame.oldest..=frame.newest).contains(&row.time));
                assert!(row.time < frame.newest || begins(&row.id) <= frame.newest_id);
                assert!(row.time > frame.oldest || begins(&row.id) >= frame.oldest_id);
            }
            number += 1;
        }
    }
    assert_eq!(number, built.block.rows);
    assert!(directory.frame_of(number).is_none());
}

/// Bounds are times of rows, pieces follow each other, and runs are told where they begin.
fn check_pieces(built: &Built, runs: &[(Run, Vec<Vec<Row>>)]) {
    let firsts: Vec<u32> = match contents_key(account(), &built.block) {
        None => vec![0],
        Some(key) => {
            let pieces = contents(&built.store.0[&key]).unwrap();
            for piece in &pieces {
                let directory = built.directory(piece.first);
                let frames = &directory.frames;
                assert_eq!(frames[0].first, piece.first);
                let newest = frames.iter().map(|frame| frame.newest).max();
                let oldest = frames.iter().map(|frame| frame.oldest).min();
                assert_eq!((newest, oldest), (Some(piece.times.0), Some(piece.times.1)));
                assert!(piece.least <= piece.times.1);
            }
            pieces.iter().map(|piece| piece.first).collect()
        }
    };
    let of_rows = |first: &u32| first / built.block.piece_rows;
    assert!(firsts.is_sorted_by(|one, next| of_rows(one) < of_rows(next)));
    for item in built.store.0.values() {
        let charged = item.key.partition.len() + item.key.sort.len() + item.value.len() + 14;
        assert!(charged <= 4_096, "{charged} bytes in {:?}", item.key);
    }
    let pieces: Vec<Directory> = firsts.iter().map(|first| built.directory(*first)).collect();
    let frames: u32 = pieces
        .iter()
        .flat_map(|piece| &piece.frames)
        .map(|one| one.rows)
        .sum();
    assert_eq!(frames, built.block.rows);
    let begun: Vec<(u32, Run)> = pieces
        .into_iter()
        .flat_map(|piece| {
            let first = piece.frames[0].first;
            piece.runs.into_iter().filter(move |(row, _)| *row >= first)
        })
        .collect();
    let mut first = 0;
    let expected: Vec<(u32, Run)> = runs
        .iter()
        .map(|(run, _)| {
            first += run.rows;
            (first - run.rows, run.clone())
        })
        .collect();
    assert_eq!(begun, expected);
}

fn check_hours(built: &Built, runs: &[(Run, Vec<Vec<Row>>)]) {
    let mut expected: BTreeMap<(i64, bool, bool), u32> = BTreeMap::new();
    for row in runs.iter().flat_map(|(_, parts)| parts.iter().flatten()) {
        let hour = row.time.millis().div_euclid(3_600_000);
        *expected
            .entry((hour, row.read_only, row.has_failed()))
            .or_default() += 1;
    }
    let expected: Vec<HourCount> = expected
        .into_iter()
        .map(|((hour, read_only, failed), events)| HourCount {
            hour,
            read_only,
            failed,
            events,
        })
        .collect();
    let item = built
        .store
        .first(&hours_ask(account(), &built.block))
        .unwrap();
    assert_eq!(hours(item).unwrap(), expected);
}

fn check_block(built: &Built, runs: &[(Run, Vec<Vec<Row>>)]) {
    let times = || {
        runs.iter()
            .flat_map(|(_, parts)| parts.iter().flatten().map(|row| row.time))
    };
    let on_time = runs.iter().flat_map(|(run, parts)| {
        let bound = run.slots.0.start().plus_millis(-ON_TIME_MS);
        let times = parts.iter().flatten().map(|row| row.time);
        times.filter(move |time| *time >= bound)
    });
    assert_eq!(Some(built.block.newest), times().max());
    assert_eq!(Some(built.block.least), times().min());
    assert_eq!(Some(built.block.oldest), on_time.min().or(times().max()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn rows_are_where_the_directory_says(
        sizes in prop::collection::vec(1..4_000_u32, 1..6),
        gap in 1..3_u64,
        late in prop::sample::select(vec![1_u64, 2, 30, 100_000]),
        seed: u64,
    ) {
        let kinds = Kinds { values: 5, gap, late, seed };
        let runs = runs(&sizes, kinds);
        let built = Built::of(0, &runs, 1 << 30);
        check_rows(&built, &runs);
        check_pieces(&built, &runs);
        check_hours(&built, &runs);
        check_block(&built, &runs);
    }
}

#[test]
fn a_large_directory_has_pieces() {
    let kinds = Kinds {
        values: 5,
        gap: 1,
        late: 1_000,
        seed: 11,
    };
    let runs = runs(&[70_000, 90_000, 100], kinds);
    let built = Built::of(1, &runs, 1 << 30);
    let piece_rows = built.block.piece_rows;
    assert!(piece_rows < built.block.rows / 2, "{piece_rows}");
    // Rows of a piece are asked for alike, but for the few of a frame that may have begun before it.
    let mut asked: Vec<u32> = (0..built.block.rows)
        .map(|row| built.block.in_piece(row))
        .collect();
    asked.dedup();
    let pieces = built.block.rows.div_ceil(piece_rows);
    assert_eq!(asked.len(), ((pieces - 1) * FRAME_ROWS + 1) as usize);
    check_rows(&built, &runs);
    check_pieces(&built, &runs);
    check_hours(&built, &runs);
}
