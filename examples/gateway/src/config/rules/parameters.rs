//! Rules of AgentgatewayParameters.

use super::Sheet;
use crate::config::resource::ParametersSpec;

pub(super) fn check(spec: &ParametersSpec, sheet: &mut Sheet<'_>) {
    sheet.fault_if(
        spec.shutdown
            .is_some_and(|shutdown| shutdown.min > shutdown.max),
        "spec.shutdown",
        "The 'min' value must be less than or equal to the 'max' value.",
    );
}
