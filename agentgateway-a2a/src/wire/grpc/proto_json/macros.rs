/// The names that the fields of a message have in JSON.
///
/// First, in brackets, the one field that is a `oneof`; then the others. A second name is that of
/// the definition, where it is not the first in snake case; `as` names the enumeration of a number;
/// `= true` says that the field is written always.
macro_rules! proto_json {
    ($message:ident {}) => {
        impl $crate::wire::grpc::proto_json::ProtoJson for $message {
            fn write(
                &self,
                out: &mut $crate::wire::grpc::proto_json::Writer,
            ) -> Result<(), $crate::wire::grpc::GrpcError> {
                out.open('{');
                out.close('}');
                Ok(())
            }

            fn read(
                raw: agentgateway_core::json::Raw<'_>,
                losses: &mut $crate::wire::grpc::proto_json::Losses,
            ) -> Result<Self, $crate::wire::grpc::GrpcError> {
                $crate::wire::grpc::proto_json::each_member(raw, |_, _| {
                    losses.unknown_member();
                    Ok(())
                })?;
                Ok(Self {})
            }
        }
    };
    ($message:ident {
        $([$oneof:ident: $module:ident::$kind:ident {
            $($variant:ident: $case:literal $(| $case_alias:literal)?,)+
        }])?
        $($field:ident: $name:literal $(| $alias:literal)? $(as $enumeration:ident)?
            $(= $always:literal)?;)*
    }) => {
        impl $crate::wire::grpc::proto_json::ProtoJson for $message {
            fn write(
                &self,
                out: &mut $crate::wire::grpc::proto_json::Writer,
            ) -> Result<(), $crate::wire::grpc::GrpcError> {
                out.open('{');
                $(match &self.$oneof {
                    $(Some($module::$kind::$variant(content)) => {
                        out.name($case);
                        $crate::wire::grpc::proto_json::ProtoJson::write(content, out)?;
                    })+
                    None => {}
                })?
                $(if !$crate::wire::grpc::proto_json::Field::is_default(&self.$field) $(|| $always)? {
                    out.name($name);
                    $crate::wire::grpc::proto_json::write_field!(
                        self.$field, out $(, $enumeration)?
                    );
                })*
                out.close('}');
                Ok(())
            }

            fn read(
                raw: agentgateway_core::json::Raw<'_>,
                losses: &mut $crate::wire::grpc::proto_json::Losses,
            ) -> Result<Self, $crate::wire::grpc::GrpcError> {
                let mut message = Self::default();
                $(let mut $field = false;)*
                $crate::wire::grpc::proto_json::each_member(raw, |name, value| {
                    $($(if $crate::wire::grpc::proto_json::is_named(name, &[$case $(, $case_alias)?]) {
                        let content = $crate::wire::grpc::proto_json::element(value, losses)
                            .map_err(|error| error.within($case))?;
                        if let Some(content) = content {
                            let content = $module::$kind::$variant(content);
                            if message.$oneof.replace(content).is_some() {
                                return Err($crate::wire::grpc::GrpcError::duplicate().within($case));
                            }
                        }
                        return Ok(());
                    })+)?
                    $(if $crate::wire::grpc::proto_json::is_named(name, &[$name $(, $alias)?]) {
                        $crate::wire::grpc::proto_json::once(&mut $field).map_err(|error| error.within($name))?;
                        return $crate::wire::grpc::proto_json::accept_field!(
                            message.$field, value, losses $(, $enumeration)?
                        )
                        .map_err(|error| error.within($name));
                    })*
                    losses.unknown_member();
                    Ok(())
                })?;
                Ok(message)
            }
        }
    };
}

macro_rules! write_field {
    ($field:expr, $out:ident) => {
        $crate::wire::grpc::proto_json::Field::write_value(&$field, $out)?
    };
    ($field:expr, $out:ident, $enumeration:ident) => {
        $crate::wire::grpc::proto_json::write_enum::<$enumeration>($field, $out)
    };
}

macro_rules! accept_field {
    ($field:expr, $value:ident, $losses:ident) => {
        $crate::wire::grpc::proto_json::Field::accept(&mut $field, $value, $losses)
    };
    ($field:expr, $value:ident, $losses:ident, $enumeration:ident) => {
        $crate::wire::grpc::proto_json::accept_enum::<$enumeration>(&mut $field, $value, $losses)
    };
}

/// The names of an enumeration; a second one is understood and not written.
macro_rules! enum_names {
    ($enumeration:ident { $($variant:ident: $name:literal $(| $alias:literal)?,)+ }) => {
        impl $crate::wire::grpc::proto_json::EnumNames for $enumeration {
            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            fn of_name(name: &str) -> Option<Self> {
                match name {
                    $($name $(| $alias)? => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

/// A `Debug` that shows nothing of what may be a secret.
macro_rules! hidden_debug {
    ($message:ident) => {
        impl std::fmt::Debug for $message {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($message)).finish_non_exhaustive()
            }
        }
    };
}

pub(in crate::wire::grpc) use {accept_field, enum_names, hidden_debug, proto_json, write_field};
