"""Digital signatures: certificates, signing by file or by a remote service, verification."""
