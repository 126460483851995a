//! Rules of AgentgatewayParameters.

use super::Sheet;
use crate::config::resource::{ParametersSpec, WorkloadKind};

pub(super) fn check(spec: &ParametersSpec, sheet: &mut Sheet<'_>) {
    let kind = spec.workload.as_ref().and_then(|workload| workload.kind);
    let daemons = kind == Some(WorkloadKind::DaemonSet);
    sheet.fault_if(
        spec.deployment.is_some() && daemons,
        "spec.deployment",
        "deployment overlays are only valid when workload.kind is Deployment or unset",
    );
    sheet.fault_if(
        spec.daemon_set.is_some() && !daemons,
        "spec.daemonSet",
        "daemonSet overlays are only valid when workload.kind is DaemonSet",
    );
    sheet.fault_if(
        spec.horizontal_pod_autoscaler.is_some() && daemons,
        "spec.horizontalPodAutoscaler",
        "horizontalPodAutoscaler is not valid when workload.kind is DaemonSet",
    );
    sheet.fault_if(
        spec.shutdown
            .is_some_and(|shutdown| shutdown.min > shutdown.max),
        "spec.shutdown",
        "The 'min' value must be less than or equal to the 'max' value.",
    );
}
