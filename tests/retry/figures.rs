//! Figures: any at all, and those that keep the contract; what both are judged by.

use imesim::retry::{Figures, Growth, Spread, Tries};
use imesim::time::Span;
use proptest::prelude::*;

/// A length of any order of magnitude, often one of the ends.
pub(crate) fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        1 => Just(Span::ZERO),
        1 => Just(Span::MAX),
        2 => (0..1_000_u64).prop_map(|below| Span::millis(u64::MAX - below)),
        6 => (0..64_u32, any::<u64>()).prop_map(|(bits, n)| Span::millis(n >> bits)),
        6 => (1..100_u64).prop_map(Span::mins),
    ]
}

/// A length that a test can live through a hundred times.
pub(crate) fn passage() -> impl Strategy<Value = Span> {
    prop_oneof![
        1 => Just(Span::ZERO),
        3 => (1..10_000_u64).prop_map(Span::millis),
        3 => (1..300_u64).prop_map(Span::mins),
        1 => (1..4_000_u64).prop_map(Span::days),
    ]
}

fn growth() -> impl Strategy<Value = Growth> {
    prop_oneof![Just(Growth::Constant), span().prop_map(Growth::DoublingTo)]
}

fn spread() -> impl Strategy<Value = Spread> {
    prop_oneof![3 => (0..1_100_u16).prop_map(Spread::Permille), 1 => span().prop_map(Spread::UpTo)]
}

fn tries() -> impl Strategy<Value = Option<Tries>> {
    proptest::option::of((0..6_u32, span()).prop_map(|(max, window)| Tries { max, window }))
}

/// Any figures; most of them break something.
pub(crate) fn anything() -> impl Strategy<Value = Figures> {
    let period = prop_oneof![2 => Just(Span::ZERO), 1 => span()];
    let hint = proptest::option::of(span());
    (span(), growth(), spread(), tries(), span(), hint, period).prop_map(
        |(base, growth, spread, tries, stable, hint, period)| Figures {
            base,
            growth,
            spread,
            tries,
            stable,
            hint,
            period,
        },
    )
}

/// Any figures, each brought into its bounds.
pub(crate) fn valid() -> impl Strategy<Value = Figures> {
    anything().prop_map(|mut figures| {
        let millisecond = Span::millis(1);
        if let Some(tries) = &mut figures.tries {
            *tries = Tries { max: tries.max.max(1), window: tries.window.max(millisecond) };
        } else {
            figures.base = figures.base.max(millisecond);
        }
        if let Growth::DoublingTo(cap) = &mut figures.growth {
            *cap = figures.base.max(*cap);
        }
        if let Spread::Permille(permille) = &mut figures.spread {
            *permille = (*permille).min(1_000);
        }
        let rest = Span::MAX.saturating_sub(cap(&figures));
        if spread_at_cap(&figures) > u128::from(rest.as_millis()) {
            figures.spread = Spread::UpTo(rest);
        }
        figures.hint = figures.hint.filter(|hint| *hint > figures.base.max(millisecond));
        if !is_slow_enough(&figures) {
            figures.period = match figures.tries {
                Some(Tries { max, window }) => Span::millis(window.as_millis() / u64::from(max)),
                None => figures.base,
            };
        }
        assert!(can_keep(&figures), "{figures:?}");
        figures
    })
}

/// The contract over figures, as plainly as it can be said.
pub(crate) fn can_keep(figures: &Figures) -> bool {
    let Figures { base, growth, spread, tries, hint, .. } = *figures;
    let rests = !base.is_zero() || tries.is_some();
    let grows = match growth {
        Growth::Constant => true,
        Growth::DoublingTo(cap) => cap >= base,
    };
    let share = match spread {
        Spread::Permille(permille) => permille <= 1_000,
        Spread::UpTo(_) => true,
    };
    let fits = u128::from(cap(figures).as_millis()) + spread_at_cap(figures) <= u128::from(u64::MAX);
    let bounds = tries.is_none_or(|tries| tries.max > 0 && !tries.window.is_zero());
    let hint = hint.is_none_or(|hint| hint > base && hint > Span::millis(1));
    rests && grows && share && fits && bounds && hint && is_slow_enough(figures)
}

fn is_slow_enough(figures: &Figures) -> bool {
    let by_window = figures.tries.is_some_and(|tries| {
        u128::from(tries.max) * u128::from(figures.period.as_millis()) <= u128::from(tries.window.as_millis())
    });
    figures.base >= figures.period || by_window
}

/// The longest step.
fn cap(figures: &Figures) -> Span {
    match figures.growth {
        // Nothing doubled is still nothing.
        Growth::DoublingTo(cap) if !figures.base.is_zero() => cap,
        Growth::DoublingTo(_) | Growth::Constant => figures.base,
    }
}

fn spread_at_cap(figures: &Figures) -> u128 {
    match figures.spread {
        Spread::Permille(permille) => u128::from(cap(figures).as_millis()) * u128::from(permille) / 1_000,
        Spread::UpTo(span) => u128::from(span.as_millis()),
    }
}

/// The longest wait there can be.
pub(crate) fn longest(figures: &Figures) -> Span {
    let longest = u128::from(cap(figures).as_millis()) + spread_at_cap(figures);
    Span::millis(longest.try_into().unwrap_or(u64::MAX))
}
