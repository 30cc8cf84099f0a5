import time, cProfile, pstats
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.practitioners.conftest import make_list
from tests.practitioners.many import fill_desk
from practitioners.models import ProfileSubmission

def test_prof(hospital, station, data_officer, licensing_officer, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make_list("professional_titles", "Chức danh chuyên môn", {"doctor": "Bác sỹ"})
    make_list("practice_terms","Thời hạn",{"publish_registration": "Công bố"},count="5",unit="working_days")
    t=time.perf_counter()
    with CaptureQueriesContext(connection) as q:
        fill_desk(facilities=[hospital, station], sender=data_officer, at=timezone.now())
    print("fill", time.perf_counter()-t, len(q))
    import collections
    print(collections.Counter(x["sql"][:90] for x in q).most_common(6))
    c=Client(); c.force_login(licensing_officer)
    def go():
        here=c.get("/duyet/?risk=pass").headers["Location"]
        pk=here.split("/")[2]; v=ProfileSubmission.objects.values_list("version",flat=True).get(pk=pk)
        t0=time.perf_counter()
        r=c.post(here,{"_verify_passing":"1","version":str(v)})
        t1=time.perf_counter()
        c.get(r.headers["Location"].split("#")[0])
        t2=time.perf_counter()
        return t1-t0,t2-t1
    for _ in range(3): print(go())
    p=cProfile.Profile(); p.enable(); go(); p.disable()
    pstats.Stats(p).sort_stats("cumulative").print_stats(45)
    with CaptureQueriesContext(connection) as q: go()
    rows=sorted(q,key=lambda x:-float(x["time"]))
    print(len(q), sum(float(x["time"]) for x in q))
    for x in rows[:12]: print(x["time"], x["sql"][:300])
