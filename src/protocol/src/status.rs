use crate::string_enum::string_enum;

string_enum! {
    /// Where a PaymentIntent stands (guide, *PaymentIntent Status Flow*).
    pub enum PaymentIntentStatus {
        /// Created; no payment method chosen yet.
        RequiresPaymentMethod => "requires_payment_method",
        /// A QR code is out; the customer has to act.
        RequiresAction => "requires_action",
        /// The provider is working on it.
        Processing => "processing",
        /// Paid.
        Succeeded => "succeeded",
        /// Not paid, and never will be.
        Failed => "failed",
        /// Withdrawn before it was paid.
        Cancelled => "cancelled",
    }
}

impl PaymentIntentStatus {
    /// Whether no later status can follow. An unknown status is never terminal: only a status
    /// that is understood may end a payment.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }

    /// Whether the guide's diagram has an arrow from this status to `next`.
    #[must_use]
    pub fn can_become(&self, next: &Self) -> bool {
        use PaymentIntentStatus::{
            Cancelled, Failed, Processing, RequiresAction, RequiresPaymentMethod, Succeeded,
        };
        matches!(
            (self, next),
            (RequiresPaymentMethod, RequiresAction | Failed | Cancelled)
                | (RequiresAction, Processing | Failed | Cancelled)
                | (Processing, Succeeded | Failed)
        )
    }

    /// The statuses to pass through to reach `goal`, `goal` last; `None` when no arrows lead
    /// there. A cash payment, for instance, goes through all of them in one step of the gateway.
    ///
    /// ```
    /// use mpac_pgw_protocol::PaymentIntentStatus::*;
    /// assert_eq!(RequiresAction.path_to(&Succeeded), Some(vec![Processing, Succeeded]));
    /// assert_eq!(Succeeded.path_to(&Failed), None);
    /// ```
    #[must_use]
    pub fn path_to(&self, goal: &Self) -> Option<Vec<Self>> {
        if self.can_become(goal) {
            return Some(vec![goal.clone()]);
        }
        // The diagram is one line with two exits, so the first onward arrow is the only choice.
        let next = [Self::RequiresAction, Self::Processing]
            .into_iter()
            .find(|next| self.can_become(next))?;
        let mut path = vec![next.clone()];
        path.extend(next.path_to(goal)?);
        Some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::PaymentIntentStatus::{self, *};

    #[test]
    fn arrows_are_exactly_the_guides() {
        let arrows = [
            (RequiresPaymentMethod, RequiresAction),
            (RequiresPaymentMethod, Failed),
            (RequiresPaymentMethod, Cancelled),
            (RequiresAction, Processing),
            (RequiresAction, Failed),
            (RequiresAction, Cancelled),
            (Processing, Succeeded),
            (Processing, Failed),
        ];
        for from in PaymentIntentStatus::ALL {
            for to in PaymentIntentStatus::ALL {
                let expected = arrows.contains(&(from.clone(), to.clone()));
                assert_eq!(from.can_become(to), expected, "{from} -> {to}");
            }
        }
    }

    #[test]
    fn terminal_statuses_lead_nowhere_and_only_they() {
        for from in PaymentIntentStatus::ALL {
            let leads_on = PaymentIntentStatus::ALL
                .iter()
                .any(|to| from.can_become(to));
            assert_eq!(from.is_terminal(), !leads_on, "{from}");
        }
    }

    #[test]
    fn an_unknown_status_survives_a_round_trip_and_ends_nothing() {
        let status: PaymentIntentStatus = serde_json::from_str("\"requires_capture\"").unwrap();
        assert_eq!(status, PaymentIntentStatus::from("requires_capture"));
        assert!(!status.is_terminal());
        assert_eq!(
            serde_json::to_string(&status).unwrap(),
            "\"requires_capture\""
        );
    }

    #[test]
    fn paths_follow_arrows() {
        for from in PaymentIntentStatus::ALL {
            for to in PaymentIntentStatus::ALL {
                let Some(path) = from.path_to(to) else {
                    continue;
                };
                let mut here = from.clone();
                for next in path {
                    assert!(here.can_become(&next), "{here} -> {next}");
                    here = next;
                }
                assert_eq!(&here, to);
            }
        }
        assert_eq!(
            RequiresPaymentMethod.path_to(&Succeeded),
            Some(vec![RequiresAction, Processing, Succeeded])
        );
        assert_eq!(Processing.path_to(&Cancelled), None);
    }
}
