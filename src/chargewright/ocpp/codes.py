"""Error codes of OCPP-J: one meaning each, spelled as the version of the link spells it.

Two official 1.6 spellings are kept typos (`OccurenceConstraintViolation`, `FormationViolation`). We send the version's
own spelling and understand every spelling of every version; what we do not know is a `GENERIC_ERROR`.
OCPP-J 1.6 section 4.2.3; OCPP 2.0.1 part 4, 4.3; OCPP 2.1 part 4, 4.3.
"""

from enum import Enum

__all__ = ["Code", "code_from_wire", "spelling"]


class Code(Enum):
    """What went wrong with a call. The value is the newest edition's word."""

    FORMAT_VIOLATION = "FormatViolation"
    GENERIC_ERROR = "GenericError"
    INTERNAL_ERROR = "InternalError"
    MESSAGE_TYPE_NOT_SUPPORTED = "MessageTypeNotSupported"
    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    OCCURRENCE_CONSTRAINT_VIOLATION = "OccurrenceConstraintViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    PROTOCOL_ERROR = "ProtocolError"
    RPC_FRAMEWORK_ERROR = "RpcFrameworkError"
    SECURITY_ERROR = "SecurityError"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"


_OF_16 = {
    Code.FORMAT_VIOLATION: "FormationViolation",
    Code.OCCURRENCE_CONSTRAINT_VIOLATION: "OccurenceConstraintViolation",
    # 1.6 has no words for these two; what it has says as much.
    Code.RPC_FRAMEWORK_ERROR: "GenericError",
    Code.MESSAGE_TYPE_NOT_SUPPORTED: "GenericError",
}

_UNDERSTOOD = {code.value: code for code in Code} | {
    "FormationViolation": Code.FORMAT_VIOLATION,
    "OccurenceConstraintViolation": Code.OCCURRENCE_CONSTRAINT_VIOLATION,
}


def spelling(code: Code, *, is_16: bool) -> str:
    """The word for `code` on a link of that version."""
    return _OF_16.get(code, code.value) if is_16 else code.value


def code_from_wire(word: str) -> Code:
    """What the other side means, whichever edition's word it uses; GENERIC_ERROR when nobody knows the word."""
    return _UNDERSTOOD.get(word, Code.GENERIC_ERROR)
