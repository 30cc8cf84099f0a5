"""People who practise: profile, licence, registration at a facility."""
