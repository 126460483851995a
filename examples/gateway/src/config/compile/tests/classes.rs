//! GatewayClasses and their parameters.

use super::support::{EDGE, GATEWAY, bound, compiled, conditions, gateway, message, statuses};
use crate::config::resource::Reference;

const PARAMETERS: &str = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayParameters\n\
    metadata: {name: params, namespace: infra}\nspec: {logging: {level: info}}\n";

fn referring(to: &str) -> String {
    EDGE.replace(
        "agentgateway.dev/agentgateway}",
        &format!("agentgateway.dev/agentgateway, parametersRef: {{{to}}}}}"),
    )
}

/// A class with a broken reference is not provided, and neither are its Gateways.
#[test]
fn a_class_whose_parameters_are_not_there_is_refused_with_its_gateways() {
    let ours = "group: agentgateway.dev, kind: AgentgatewayParameters";
    let class = Reference::new(GATEWAY, "GatewayClass", "", "agw");
    for (to, said) in [
        (
            format!("{ours}, name: parms, namespace: infra"),
            "AgentgatewayParameters infra/parms not found; did you mean \"params\"?",
        ),
        (
            format!("{ours}, name: params, namespace: web"),
            "AgentgatewayParameters web/params not found; it exists in namespace infra",
        ),
        (
            "group: \"\", kind: ConfigMap, name: params, namespace: infra".to_owned(),
            "parametersRef must be agentgateway.dev/AgentgatewayParameters, found ConfigMap",
        ),
    ] {
        let found = compiled(&[&referring(&to), PARAMETERS]);
        let set = statuses(&found);
        let all = conditions(&set, &class);
        assert_eq!(all[0], "Accepted=False/InvalidParameters", "{to}");
        assert_eq!(message(&set, &class, "", "Accepted"), said);
        let edge = gateway("infra", "edge");
        let all = conditions(&set, &edge);
        assert_eq!(all[0], "Accepted=False/InvalidParameters");
        assert_eq!(all[1], "Programmed=False/Invalid");
        let why = message(&set, &edge, "", "Accepted");
        assert_eq!(why, format!("GatewayClass agw is not accepted: {said}"));
        assert!(bound(&found).listeners.is_empty());
    }
    let to = format!("{ours}, name: params, namespace: infra");
    let found = compiled(&[&referring(&to), PARAMETERS]);
    let set = statuses(&found);
    assert_eq!(conditions(&set, &class)[0], "Accepted=True/Accepted");
    let said = message(&set, &class, "", "Accepted");
    assert!(
        said.contains("without effect: spec.parametersRef"),
        "{said}"
    );
    assert_eq!(bound(&found).listeners.len(), 1);
}
