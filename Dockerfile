# The gateway as one image: runs as uid 10001, writes to /data only, reads /etc/gateway.

# What browsers load, and the country database.
FROM node:24-bookworm-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN ["npm", "ci"]
COPY static static
COPY gateway gateway
RUN ["npm", "run", "build"]

# The virtual environment, exactly as locked; nothing of the build tools reaches the last stage.
FROM python:3.13-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN ["python", "-m", "venv", "/opt/gateway"]
RUN ["python", "-m", "venv", "/opt/build"]
COPY requirements requirements
RUN ["/opt/gateway/bin/pip", "install", "--require-hashes", "-r", "requirements/run.txt"]
RUN ["/opt/build/bin/pip", "install", "--require-hashes", "-r", "requirements/build.txt"]
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY gateway gateway
COPY --from=assets /build/gateway/assets gateway/assets
RUN ["/opt/build/bin/pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", "dist", "."]
RUN ["/opt/gateway/bin/pip", "install", "--no-deps", "--no-index", "--find-links", "dist", "consent-gateway"]

FROM python:3.13-slim-bookworm
COPY --from=packages /opt/gateway /opt/gateway
RUN ["install", "--directory", "--owner=10001", "--group=10001", "--mode=0700", "/data"]
RUN ["install", "--directory", "/etc/gateway"]
ENV PATH=/opt/gateway/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GATEWAY_CONFIG=/etc/gateway/gateway.toml \
    GATEWAY_DATA_DIR=/data \
    GATEWAY_HOST=0.0.0.0 \
    GATEWAY_PORT=8000
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
# Past the journal's recovery and a schema migration a start may take; /healthz answers as soon as requests are.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["gateway"]
CMD ["serve"]
