"""The key that signs checkpoints, and the public keys a checkpoint may be signed by."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from casework.audit.evidence import key_id


def signing_key() -> Ed25519PrivateKey:
    """SK-audit; ImproperlyConfigured in a process that was given only public keys."""
    if settings.AUDIT_KEY is None:
        raise ImproperlyConfigured(
            "AUDIT_KEY is not loaded here: checkpoints are signed by the job that has it."
        )
    return Ed25519PrivateKey.from_private_bytes(settings.AUDIT_KEY)


def trusted_keys() -> dict[bytes, Ed25519PublicKey]:
    """Public keys by their ids: that of the signing key where it is loaded, and those that are only trusted."""
    public = [Ed25519PublicKey.from_public_bytes(key) for key in settings.AUDIT_PUBLIC_KEYS]
    if settings.AUDIT_KEY is not None:
        public.append(signing_key().public_key())
    return {key_id(key): key for key in public}
