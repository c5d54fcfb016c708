# Two stages: the first compiles, the second runs as an ordinary user with nothing to compile with.
FROM python:3.11-slim-bookworm AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /tools && /tools/bin/pip install --quiet --require-hashes -r requirements.lock \
    && /tools/bin/pip download --quiet --no-deps --require-hashes -r requirements.lock -d /wheels
COPY pyproject.toml setup.py README.md LICENSE ./
COPY gateway gateway
RUN DAWR_COMPILE=1 /tools/bin/pip wheel --quiet --no-build-isolation --no-deps -w /wheels . \
    && python -m venv /opt/dawr \
    && /opt/dawr/bin/pip install --quiet --no-index --find-links /wheels dawr

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/dawr --create-home dawr
COPY --from=build /opt/dawr /opt/dawr
COPY config/gateway.yaml /etc/dawr/gateway.yaml
COPY config/simulations /etc/dawr/simulations
COPY rules /etc/rules
ENV PATH=/opt/dawr/bin:$PATH DAWR_STATE=/var/lib/dawr DAWR_CONFIG=/etc/dawr/gateway.yaml
USER dawr
VOLUME /var/lib/dawr
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9090/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["gateway"]
CMD ["run"]
