//! cgroups: where they are mounted, and a container's directories in them.
