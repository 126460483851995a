use std::{collections::BTreeMap, sync::Arc};

use super::{
    attach::Callers,
    named::named,
    tokens::{OwnToken, given, token},
    tools::{self, OwnTools},
};
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{OwnMcp as Spec, Reference, ToolScopes};
use crate::config::snapshot::{Backend, BackendKind, Part, Scopes, ScopesOf};

const SCOPES: &str = "rawConfig.mcp.requiredScopes";
/// A scope that no resource asks for: it is between a client and its authorization server.
///
/// # Source
/// MCP 2026-07-28, Authorization, Refresh tokens.
const OFFLINE: &str = "offline_access";

/// What is asked of callers of servers of MCP.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnMcp {
    scopes: Vec<ScopeRule>,
    implied: BTreeMap<String, Vec<String>>,
    tokens: Vec<OwnToken>,
    tools: OwnTools,
}

#[derive(Clone, Debug)]
struct ScopeRule {
    /// Whose calls; `None` for those of all.
    backend: Option<Reference>,
    of: ScopesOf,
    scopes: Vec<String>,
}

pub(super) fn read(
    context: &Context<'_>,
    object: &Object,
    spec: &Spec,
    faults: &mut Vec<Fault>,
) -> OwnMcp {
    let rules = spec.required_scopes.iter().enumerate();
    let rules = rules.map(|(index, rule)| {
        let path = format!("spec.{SCOPES}[{index}]");
        scope_rule(context, object, rule, &path, faults)
    });
    let scopes = rules.collect();
    let tokens = spec.client_credentials.iter().enumerate();
    let tokens = tokens.map(|(index, spec)| token(context, object, (index, spec), faults));
    let tokens = tokens.collect();
    OwnMcp {
        scopes,
        implied: spec.implied_scopes.clone(),
        tokens,
        tools: tools::read(context, object, spec, faults),
    }
}

fn scope_rule(
    context: &Context<'_>,
    object: &Object,
    spec: &ToolScopes,
    path: &str,
    faults: &mut Vec<Fault>,
) -> ScopeRule {
    let backend = spec.backend.as_ref();
    let backend = backend.map(|it| named(context, object, it, &format!("{path}.backend"), faults));
    if let Some(at) = spec.scopes.iter().position(|scope| scope == OFFLINE) {
        let message = "offline_access is between clients and their authorization server, and is asked of \
                       nobody here: remove it";
        faults.push(Fault::new(
            format!("{path}.scopes[{at}]"),
            "Invalid",
            message,
        ));
    }
    ScopeRule {
        backend,
        of: match (&spec.tool, &spec.method) {
            (Some(tool), _) => ScopesOf::Tool(tool.clone()),
            (None, Some(method)) => ScopesOf::Method(method.clone()),
            (None, None) => ScopesOf::All,
        },
        scopes: spec.scopes.clone(),
    }
}

impl OwnMcp {
    /// Rules of others hold too, and their tokens are for whom these have none.
    pub(super) fn over(&mut self, under: Self) {
        self.scopes.extend(under.scopes);
        for (scope, implied) in under.implied {
            self.implied.entry(scope).or_insert(implied);
        }
        self.tools.over(under.tools);
        let tokens = under.tokens.into_iter();
        let own: Vec<_> = self.tokens.iter().map(|it| it.backend.clone()).collect();
        self.tokens
            .extend(tokens.filter(|it| !own.contains(&it.backend)));
    }

    /// A server as this asks for it; `None` where it says nothing of it.
    ///
    /// # Errors
    /// It cannot be done.
    pub(super) fn settled(
        &self,
        object: &Object,
        backend: &Backend,
        callers: &Callers,
    ) -> Result<Option<Backend>, Fault> {
        if !matches!(backend.kind, BackendKind::Mcp(_)) {
            return self.not_meant(backend);
        }
        let mut settled = None;
        if let Some(scopes) = self.scopes_of(object, backend, callers)? {
            let own: &mut Backend = settled.get_or_insert_with(|| backend.clone());
            Arc::make_mut(&mut own.settings.policies).scopes = Some(Arc::new(scopes));
        }
        let of = &backend.reference;
        if let Some(limits) = self.tools.limits_of(object, of) {
            let own: &mut Backend = settled.get_or_insert_with(|| backend.clone());
            Arc::make_mut(&mut own.settings.policies).tool_limits = Some(Arc::new(limits));
        }
        if self.tools.tells(of) {
            self.tools
                .tell(settled.get_or_insert_with(|| backend.clone()))?;
        }
        for token in self
            .tokens
            .iter()
            .filter(|it| it.backend == backend.reference)
        {
            given(settled.get_or_insert_with(|| backend.clone()), token)?;
        }
        Ok(settled)
    }

    /// Whoever names a backend for what it cannot have is told so, rather than served without it.
    fn not_meant(&self, backend: &Backend) -> Result<Option<Backend>, Fault> {
        let of = &backend.reference;
        let scoped = self.scopes.iter().any(|it| it.backend.as_ref() == Some(of));
        let field = match self.tokens.iter().any(|it| it.backend == *of) {
            true => "rawConfig.mcp.clientCredentials",
            false if scoped => SCOPES,
            false => match self.tools.names(of) {
                Some(field) => field,
                None => return Ok(None),
            },
        };
        let message = format!(
            "{of} is no backend of mcp, so nothing of this can be done for it: remove it here; until then it \
             answers 500"
        );
        Err(Fault::new(format!("spec.{field}"), "Invalid", message))
    }

    fn scopes_of(
        &self,
        object: &Object,
        backend: &Backend,
        callers: &Callers,
    ) -> Result<Option<Part<Scopes>>, Fault> {
        let of = &backend.reference;
        let is_meant = |rule: &&ScopeRule| rule.backend.as_ref().is_none_or(|named| named == of);
        let rules = self.scopes.iter().filter(is_meant);
        let rules: Vec<_> = rules.map(|it| (it.of.clone(), it.scopes.clone())).collect();
        if rules.is_empty() {
            return Ok(None);
        }
        let callers = callers.as_ref().or(backend.settings.policies.mcp.as_ref());
        let callers = callers.ok_or_else(|| {
            let message = format!(
                "{of} is reached by a route that asks for no token, so nobody knows which scopes a caller \
                 has: attach traffic.jwtAuthentication with mcp, or backend.mcp.authentication; until then it \
                 answers 500"
            );
            Fault::new(format!("spec.{SCOPES}"), "Invalid", message)
        })?;
        let Reference {
            namespace, name, ..
        } = &object.reference;
        Ok(Some(Part {
            name: format!("{namespace}/{name} {SCOPES}").into(),
            spec: Scopes {
                resource: callers.spec.resource.clone(),
                rules,
                implied: self.implied.clone(),
            },
        }))
    }
}
