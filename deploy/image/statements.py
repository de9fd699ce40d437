"""What an image says about itself: its bill of materials (SPDX 2.3) and where it comes from (SLSA provenance 1)."""

import hashlib


def sbom(name, version, created, revision, architecture, packages):
    """packages: {Debian package: version}."""
    own = "SPDXRef-program"
    elements = [
        {
            "SPDXID": own,
            "name": name,
            "versionInfo": version,
            "downloadLocation": "NOASSERTION",
            "licenseConcluded": "MIT",
            "licenseDeclared": "MIT",
            "copyrightText": "NOASSERTION",
            "filesAnalyzed": False,
            "primaryPackagePurpose": "APPLICATION",
        }
    ]
    relationships = [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": own}
    ]
    for package in sorted(packages):
        identifier = "SPDXRef-deb-" + package.replace("+", "-plus")
        elements.append(
            {
                "SPDXID": identifier,
                "name": package,
                "versionInfo": packages[package],
                "supplier": "Organization: Debian",
                "downloadLocation": "NOASSERTION",
                # Each licence text lies in the image, in usr/share/doc.
                "licenseConcluded": "NOASSERTION",
                "licenseDeclared": "NOASSERTION",
                "copyrightText": "NOASSERTION",
                "filesAnalyzed": False,
                "externalRefs": [
                    {
                        "referenceCategory": "PACKAGE-MANAGER",
                        "referenceType": "purl",
                        "referenceLocator": f"pkg:deb/debian/{package}@{packages[package]}?arch={architecture}",
                    }
                ],
            }
        )
        relationships.append(
            {"spdxElementId": own, "relationshipType": "DEPENDS_ON", "relatedSpdxElement": identifier}
        )
    unique = hashlib.sha256(f"{name} {version} {revision} {architecture} {sorted(packages.items())}".encode())
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{name}-{version}-{architecture}",
        "documentNamespace": f"https://spdx.org/spdxdocs/{name}-{version}-{architecture}-{unique.hexdigest()}",
        "creationInfo": {"created": created, "creators": ["Tool: deploy/image/build"]},
        "packages": elements,
        "relationships": relationships,
    }


def provenance(name, digest, version, created, revision, architectures, packages):
    """packages: {(Debian package, version)}. The statement is not signed: whoever publishes the image does that."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "make image",
                "externalParameters": {"image": name, "version": version, "architectures": architectures},
                "resolvedDependencies": [{"name": "source", "digest": {"gitCommit": revision}}]
                + [{"name": package, "annotations": {"version": at}} for package, at in sorted(packages)],
            },
            "runDetails": {"builder": {"id": "deploy/image/build"}, "metadata": {"startedOn": created}},
        },
    }
